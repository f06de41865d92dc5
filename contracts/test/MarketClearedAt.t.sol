// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/market/IMarket.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice When an interval was cleared.
contract MarketClearedAtTest is CommunityTest {
    function setUp() public override {
        super.setUp();
        postTariff(8_000, 30_000);
    }

    function test_IsZeroBefore() public {
        vm.assertEq(market.clearedAt(interval), 0, "before");
        vm.warp(END);
        vm.assertEq(market.clearedAt(interval), 0, "not cleared");
    }

    /// @notice From the gate on, for a hundred years.
    function testFuzz_IsTheSecondOfTheClearing(uint32 delay) public {
        vm.warp(GATE + delay);
        clear(8_000, 0);
        vm.warp(block.timestamp + 1);
        vm.assertEq(market.clearedAt(interval), GATE + delay, "cleared at");
        (IMarket.ClearingStatus status, int32 price,,, uint64 volume,) = market.priceRecord(interval);
        vm.assertEq(uint256(status), uint256(IMarket.ClearingStatus.NoTrade), "status");
        vm.assertEq(int256(price), 0, "price");
        vm.assertEq(volume, 0, "volume");
    }
}
