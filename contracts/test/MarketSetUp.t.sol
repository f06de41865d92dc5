// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Communities and tariffs.
contract MarketSetUpTest is CommunityTest {
    /* COMMUNITIES */

    function test_CreatesACommunity() public {
        expectEvent(address(market));
        emit IMarket.CommunityCreated(2, 300, 60, GRID);
        market.createCommunity(2, 300, 60, GRID);
        (uint24 duration, uint32 gateLead, uint32 gridAccount) = market.community(2);
        vm.assertEq(duration, 300, "duration");
        vm.assertEq(gateLead, 60, "gate lead");
        vm.assertEq(gridAccount, GRID, "grid account");
    }

    function test_IntervalsLastFiveFifteenOrSixtyMinutes() public {
        market.createCommunity(2, 300, 0, GRID);
        market.createCommunity(3, 900, 0, GRID);
        market.createCommunity(4, 3600, 0, GRID);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidDuration.selector, 600));
        market.createCommunity(5, 600, 0, GRID);
    }

    function test_RefusesACommunityTwiceOrNumberedZero() public {
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidCommunity.selector, COMMUNITY));
        market.createCommunity(COMMUNITY, 300, 60, GRID);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidCommunity.selector, 0));
        market.createCommunity(0, 300, 60, GRID);
    }

    function test_TheGridAccountMustBeAGridOperators() public {
        registerUpTo(2);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidGridAccount.selector, 2));
        market.createCommunity(2, 900, 60, 2);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidGridAccount.selector, 3));
        market.createCommunity(2, 900, 60, 3);
    }

    function test_OnlyTheAdminCreatesCommunities() public {
        vm.prank(operator);
        expectUnauthorized(operator, ADMIN_ROLE);
        market.createCommunity(2, 900, 60, GRID);
    }

    /* TARIFFS */

    function test_PostsTariffsOfConsecutiveIntervals() public {
        IntervalId next = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
        vm.prank(tariffOracle);
        expectEvent(address(market));
        emit IMarket.TariffPosted(interval, -500, 30_000);
        expectEvent(address(market));
        emit IMarket.TariffPosted(next, 7_000, 7_000);
        market.postTariffs(COMMUNITY, START, abi.encodePacked(int32(-500), int32(30_000), int32(7_000), int32(7_000)));
        expectTariff(interval, true, -500, 30_000);
        expectTariff(next, true, 7_000, 7_000);
        expectTariff(IntervalLib.pack(COMMUNITY, START + 2 * DURATION, DURATION), false, 0, 0);
    }

    function test_RefusesATariffTwice() public {
        postTariff(8_000, 30_000);
        vm.prank(tariffOracle);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TariffAlreadyPosted.selector, interval));
        market.postTariffs(COMMUNITY, START, abi.encodePacked(int32(8_000), int32(31_000)));
    }

    function test_RefusesAFeedInPriceAboveRetail() public {
        vm.prank(tariffOracle);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidTariff.selector, int32(-1), int32(-2)));
        market.postTariffs(COMMUNITY, START, abi.encodePacked(int32(-1), int32(-2)));
    }

    function test_RefusesHalfTariffsAndNone() public {
        vm.startPrank(tariffOracle);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidTariffLength.selector, 12));
        market.postTariffs(COMMUNITY, START, abi.encodePacked(int32(1), int32(2), int32(3)));
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidTariffLength.selector, 0));
        market.postTariffs(COMMUNITY, START, "");
    }

    function test_RefusesTariffsOfNoInterval() public {
        vm.startPrank(tariffOracle);
        vm.expectRevert(abi.encodeWithSelector(IMarket.UnknownCommunity.selector, 9));
        market.postTariffs(9, START, abi.encodePacked(int32(1), int32(2)));
        IntervalId shifted = IntervalLib.pack(COMMUNITY, START + 1, DURATION);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidInterval.selector, shifted));
        market.postTariffs(COMMUNITY, START + 1, abi.encodePacked(int32(1), int32(2)));
    }

    function test_OnlyTheTariffOraclePosts() public {
        bytes32 role = market.TARIFF_ROLE();
        vm.prank(operator);
        expectUnauthorized(operator, role);
        market.postTariffs(COMMUNITY, START, abi.encodePacked(int32(1), int32(2)));
    }

    function expectTariff(IntervalId which, bool posted, int32 feedIn, int32 retail) private view {
        (bool isPosted, int32 actualFeedIn, int32 actualRetail) = market.tariff(which);
        vm.assertTrue(isPosted == posted, "posted");
        vm.assertEq(actualFeedIn, feedIn, "feed-in");
        vm.assertEq(actualRetail, retail, "retail");
    }
}
