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
        emit IMarket.CommunityCreated(2, 300, 60, GRID, UNIFORM_PRICE, 500);
        market.createCommunity(2, 300, 60, GRID, UNIFORM_PRICE, 500);
        (uint24 duration, uint32 gateLead, uint32 gridAccount) = market.community(2);
        vm.assertEq(duration, 300, "duration");
        vm.assertEq(gateLead, 60, "gate lead");
        vm.assertEq(gridAccount, GRID, "grid account");
    }

    function test_IntervalsLastFiveFifteenOrSixtyMinutes() public {
        market.createCommunity(2, 300, 0, GRID, UNIFORM_PRICE, 500);
        market.createCommunity(3, 900, 0, GRID, UNIFORM_PRICE, 500);
        market.createCommunity(4, 3600, 0, GRID, UNIFORM_PRICE, 500);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidDuration.selector, 600));
        market.createCommunity(5, 600, 0, GRID, UNIFORM_PRICE, 500);
    }

    function test_RefusesACommunityTwiceOrNumberedZero() public {
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidCommunity.selector, COMMUNITY));
        market.createCommunity(COMMUNITY, 300, 60, GRID, UNIFORM_PRICE, 500);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidCommunity.selector, 0));
        market.createCommunity(0, 300, 60, GRID, UNIFORM_PRICE, 500);
    }

    function test_TheGridAccountMustBeAGridOperators() public {
        registerUpTo(2);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidGridAccount.selector, 2));
        market.createCommunity(2, 900, 60, 2, UNIFORM_PRICE, 500);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidGridAccount.selector, 3));
        market.createCommunity(2, 900, 60, 3, UNIFORM_PRICE, 500);
    }

    function test_ACommunityKeepsItsMechanism() public {
        bytes32[5] memory names = [
            keccak256("uniform-price"),
            keccak256("mid-market-rate"),
            keccak256("supply-demand-ratio"),
            keccak256("bill-sharing"),
            keccak256("pay-as-bid")
        ];
        for (uint32 i = 0; i < 5; ++i) {
            uint16 k = i % 4 == 0 ? uint16(1 + i) : 0;
            expectEvent(address(market));
            emit IMarket.CommunityCreated(2 + i, 900, 60, GRID, names[i], k);
            market.createCommunity(2 + i, 900, 60, GRID, names[i], k);
            expectMechanism(2 + i, names[i], k);
        }
        expectMechanism(9, 0, 0);
    }

    function test_RefusesUnknownMechanisms() public {
        bytes32[3] memory names = [bytes32(0), keccak256("vcg"), keccak256("Uniform-Price")];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMarket.UnknownMechanism.selector, names[i]));
            market.createCommunity(2, 900, 60, GRID, names[i], 0);
        }
    }

    function test_APointIsPerMille() public {
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidPoint.selector, 1001));
        market.createCommunity(2, 900, 60, GRID, UNIFORM_PRICE, 1001);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidPoint.selector, type(uint16).max));
        market.createCommunity(2, 900, 60, GRID, PAY_AS_BID, type(uint16).max);
        market.createCommunity(2, 900, 60, GRID, UNIFORM_PRICE, 1000);
        market.createCommunity(3, 900, 60, GRID, PAY_AS_BID, 1000);
    }

    function test_PoolsTakeNoPoint() public {
        bytes32[3] memory pools = [MID_MARKET_RATE, SUPPLY_DEMAND_RATIO, BILL_SHARING];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidPoint.selector, 1));
            market.createCommunity(2, 900, 60, GRID, pools[i], 1);
        }
    }

    function test_OnlyTheAdminCreatesCommunities() public {
        vm.prank(operator);
        expectUnauthorized(operator, ADMIN_ROLE);
        market.createCommunity(2, 900, 60, GRID, UNIFORM_PRICE, 500);
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

    function expectMechanism(uint32 community, bytes32 mechanism, uint16 k) private view {
        (bytes32 recorded, uint16 recordedK) = market.mechanism(community);
        vm.assertEq(recorded, mechanism, "mechanism");
        vm.assertEq(recordedK, k, "point");
    }

    function expectTariff(IntervalId which, bool posted, int32 feedIn, int32 retail) private view {
        (bool isPosted, int32 actualFeedIn, int32 actualRetail) = market.tariff(which);
        vm.assertTrue(isPosted == posted, "posted");
        vm.assertEq(actualFeedIn, feedIn, "feed-in");
        vm.assertEq(actualRetail, retail, "retail");
    }
}
