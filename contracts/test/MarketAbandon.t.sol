// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Intervals whose books nobody opens.
contract MarketAbandonTest is CommunityTest {
    uint256 private constant DEADLINE = END + 1 days;

    function test_AnybodyAbandonsAWithheldBook() public {
        postTariff(8_000, 30_000);
        withhold();
        vm.warp(DEADLINE);
        bytes32 priceHash = expectedHash(UNIFORM_PRICE, 500);
        (bytes32 commitment,,) = market.book(interval);
        vm.prank(stranger);
        expectEvent(address(market));
        emit IMarket.IntervalCleared(interval, IMarket.ClearingStatus.Abandoned, 0, 0, 3, commitment, priceHash);
        market.abandon(interval);
        (IMarket.ClearingStatus status, int32 price, int32 feedIn, int32 retail, uint64 volume, bytes32 hash) =
            market.priceRecord(interval);
        vm.assertEq(uint8(status), uint8(IMarket.ClearingStatus.Abandoned), "status");
        vm.assertEq(price, 0, "price");
        vm.assertEq(feedIn, 8_000, "feed-in");
        vm.assertEq(retail, 30_000, "retail");
        vm.assertEq(volume, 0, "volume");
        vm.assertEq(hash, priceHash, "price hash");
        vm.assertEq(market.allocationHash(interval), 0, "allocation");
    }

    function test_NotBeforeTheDeadline() public {
        postTariff(8_000, 30_000);
        withhold();
        vm.assertEq(market.CLEARING_DEADLINE(), 1 days, "a day");
        vm.warp(DEADLINE - 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.ClearingDeadlineAhead.selector, DEADLINE, DEADLINE - 1));
        market.abandon(interval);
        vm.warp(DEADLINE);
        market.abandon(interval);
    }

    function test_UntilItIsAbandonedItIsCleared() public {
        postTariff(8_000, 30_000);
        vm.warp(DEADLINE + 10 days);
        clear(8_000, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarket.AlreadyCleared.selector, interval));
        market.abandon(interval);
    }

    function test_AnAbandonedIntervalStaysSo() public {
        postTariff(8_000, 30_000);
        vm.warp(DEADLINE);
        market.abandon(interval);
        vm.expectRevert(abi.encodeWithSelector(IMarket.AlreadyCleared.selector, interval));
        market.abandon(interval);
        vm.expectRevert(abi.encodeWithSelector(IMarket.AlreadyCleared.selector, interval));
        clear(8_000, 0);
    }

    function test_APayAsBidIntervalIsAbandonedAlike() public {
        interval = otherCommunity(COMMUNITY + 1, PAY_AS_BID, 333);
        postTariff(8_000, 30_000);
        withhold();
        vm.warp(DEADLINE);
        market.abandon(interval);
        (,,,,, bytes32 hash) = market.priceRecord(interval);
        vm.assertEq(hash, expectedHash(PAY_AS_BID, 333), "price hash");
    }

    /// @notice Without a tariff nothing can be settled with the grid; it can be posted at any time.
    function test_ATariffIsNeededAndCanStillBePosted() public {
        withhold();
        vm.warp(DEADLINE + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TariffMissing.selector, interval));
        market.abandon(interval);
        postTariff(8_000, 30_000);
        market.abandon(interval);
    }

    function test_RefusesWhatIsNoInterval() public {
        IntervalId shifted = IntervalLib.pack(COMMUNITY, START + 1, DURATION);
        vm.warp(DEADLINE + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidInterval.selector, shifted));
        market.abandon(shifted);
    }

    /// @notice The meters of an abandoned interval are settled at the grid's tariff: 700 Wh taken, 200 Wh given.
    function test_AnAbandonedIntervalIsSettledWithTheGrid() public {
        registerUpTo(3);
        uint32 gateway = registerGateway(GATEWAY_SECRET, 2);
        postTariff(8_000, 30_000);
        withhold();
        attestAt(gateway);
        market.abandon(interval);
        vm.warp(DEADLINE + 15 minutes);
        deposit(walletOf(2), 21_000_000);
        bytes memory positions = bytes.concat(
            abi.encodePacked(uint32(2), uint32(0), uint32(0), uint32(700), uint32(0), uint32(0)),
            abi.encodePacked(uint32(3), uint32(0), uint32(0), uint32(0), uint32(200), uint32(0))
        );
        (,,,,, bytes32 priceHash) = market.priceRecord(interval);
        vm.startPrank(operator);
        bytes memory traded = bytes.concat(
            abi.encodePacked(uint32(2), uint32(200), uint32(0), uint32(700), uint32(0), uint32(200)),
            abi.encodePacked(uint32(3), uint32(0), uint32(200), uint32(0), uint32(200), uint32(0))
        );
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TradedEnergyUnbalanced.selector, 0, 200, 200));
        settlement.settle(interval, priceHash, traded, 15_000_000);
        settlement.settle(interval, priceHash, positions, 700 * 30_000 - 200 * 8_000);
        vm.assertEq(currency.balanceOf(walletOf(2)), 0, "paid at retail");
        vm.assertEq(currency.balanceOf(walletOf(3)), 200 * 8_000, "received at feed-in");
        vm.assertEq(currency.balanceOf(gridWallet), 700 * 30_000 - 200 * 8_000, "the grid's");
    }

    /* HELPERS */

    /// @dev The operator commits three orders and keeps them to itself.
    function withhold() private {
        vm.prank(operator);
        market.commitOrders(interval, keccak256("withheld"), 3);
    }

    function attestAt(uint32 gateway) private {
        vm.warp(DEADLINE);
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 700, 200));
    }

    /// @dev Written from the interface's text.
    function expectedHash(bytes32 mechanism, uint16 k) private view returns (bytes32) {
        (bytes32 commitment, uint32 orders,) = market.book(interval);
        return keccak256(
            abi.encode(
                block.chainid,
                address(market),
                interval,
                mechanism,
                k,
                IMarket.ClearingStatus.Abandoned,
                int32(0),
                uint64(0),
                int32(8_000),
                int32(30_000),
                commitment,
                orders,
                bytes32(0)
            )
        );
    }
}
