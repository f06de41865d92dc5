// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {IRegistry} from "../src/registry/IRegistry.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {NeighboursTest} from "./base/NeighboursTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Fees on what is bought locally: 700 Wh an interval, all by account 2.
contract SettlementFeesTest is NeighboursTest {
    uint16 private constant RATE = 1_000;
    int256 private constant FEE = 700_000;

    /// @dev The first second that a fee set now can begin, by `setUp`'s time.
    uint40 private constant EARLIEST = START;

    /* WHO PAYS AND RECEIVES */

    function test_TheBuyerPaysAndTheAccountReceives() public {
        settlement.setFee(COMMUNITY, 5, RATE, EARLIEST);
        liveThrough();
        settle(interval);
        expectMoney(2, -12_000_000 - FEE, "money of the buyer");
        expectMoney(3, 8_300_000, "money of a seller");
        expectMoney(4, 1_500_000, "money of a seller");
        expectMoney(5, FEE, "money of the fee's account");
        expectMoney(GRID, GRID_PAYMENT, "money of the grid");
        vm.assertEq(currency.totalSupply(), 2 * DEPOSIT, "money in all");
    }

    /// @notice A seller that receives the fee is paid once, both together.
    function test_TheAccountMayTradeItself() public {
        settlement.setFee(COMMUNITY, 3, RATE, EARLIEST);
        liveThrough();
        vm.recordLogs();
        settle(interval);
        expectMoney(2, -12_000_000 - FEE, "money of the buyer");
        expectMoney(3, 8_300_000 + FEE, "money of the seller");
        expectMoney(GRID, GRID_PAYMENT, "money of the grid");
        vm.assertEq(eventsOf(address(currency)), 3, "one transfer an account");
    }

    /// @notice A buyer that receives the fee itself pays nothing for it.
    function test_TheAccountMayBuyItself() public {
        settlement.setFee(COMMUNITY, 2, RATE, EARLIEST);
        liveThrough();
        settle(interval);
        expectMoney(2, -12_000_000, "money of the buyer");
        expectMoney(GRID, GRID_PAYMENT, "money of the grid");
    }

    /// @notice The fee's account has a place of its own among those that trade, and keeps it from interval to interval.
    function test_TheAccountMayStandBetweenThoseThatTrade() public {
        (rows[1].account, rows[2].account) = (4, 5);
        settlement.setFee(COMMUNITY, 3, RATE, EARLIEST);
        liveThrough();
        vm.recordLogs();
        settleTwo();
        expectMoney(2, 2 * (-12_000_000 - FEE), "money of the buyer");
        expectMoney(3, 2 * FEE, "money of the fee's account");
        expectMoney(4, 2 * 8_300_000, "money of a seller");
        expectMoney(5, 2 * 1_500_000, "money of a seller");
        vm.assertEq(eventsOf(address(currency)), 4, "one transfer an account");
    }

    function test_TheAccountMayStandBeforeAllThatTrade() public {
        (rows[0].account, rows[1].account, rows[2].account) = (3, 4, 5);
        deposit(walletOf(3), DEPOSIT);
        settlement.setFee(COMMUNITY, 2, RATE, EARLIEST);
        liveThrough();
        vm.recordLogs();
        settleTwo();
        expectMoney(2, 2 * FEE, "money of the fee's account");
        expectMoney(3, int256(DEPOSIT) - 2 * (12_000_000 + FEE), "money of the buyer");
        expectMoney(4, 2 * 8_300_000, "money of a seller");
        vm.assertEq(eventsOf(address(currency)), 4, "one transfer an account");
    }

    function test_TheAccountMayBeTheGrids() public {
        settlement.setFee(COMMUNITY, GRID, RATE, EARLIEST);
        liveThrough();
        settle(interval);
        expectMoney(2, -12_000_000 - FEE, "money of the buyer");
        expectMoney(GRID, GRID_PAYMENT + FEE, "money of the grid");
        expectRecordedFee(interval, GRID_PAYMENT, uint256(FEE));
    }

    function test_RecordAndEventSayTheFee() public {
        settlement.setFee(COMMUNITY, 5, RATE, EARLIEST);
        liveThrough();
        bytes32 positionsHash = keccak256(packRows());
        bytes32 priceHash = priceHashOf(interval);
        expectEvent(address(settlement));
        emit ISettlement.IntervalSettled(interval, priceHash, positionsHash, 3, GRID_PAYMENT, uint256(FEE));
        settle(interval);
        expectRecordedFee(interval, GRID_PAYMENT, uint256(FEE));
    }

    function test_TheFeeIsNoPartOfTheGridsPayment() public {
        settlement.setFee(COMMUNITY, 5, RATE, EARLIEST);
        liveThrough();
        bytes memory positions = packRows();
        bytes32 priceHash = priceHashOf(interval);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.MoneyUnbalanced.selector, GRID_PAYMENT, GRID_PAYMENT + FEE));
        settlement.settle(interval, priceHash, positions, GRID_PAYMENT + FEE);
    }

    function test_NothingBoughtPaysNoFee() public {
        settlement.setFee(COMMUNITY, 5, RATE, EARLIEST);
        postTariff(FEED_IN, RETAIL);
        vm.warp(GATE);
        clear(FEED_IN, 0);
        vm.warp(END);
        bytes32 priceHash = priceHashOf(interval);
        vm.prank(operator);
        settlement.settle(interval, priceHash, "", 0);
        expectRecordedFee(interval, 0, 0);
    }

    /* FROM WHEN ON */

    function test_IntervalsBeforePayNothing() public {
        settlement.setFee(COMMUNITY, 5, RATE, EARLIEST + DURATION);
        liveThrough();
        settle(intervalAt(0));
        expectMoney(2, -12_000_000, "before");
        settle(intervalAt(1));
        expectMoney(2, -24_000_000 - FEE, "from then on");
    }

    /// @notice An interval is valued by its own time, whenever it is settled.
    function test_LaterFeesDoNotReachBack() public {
        settlement.setFee(COMMUNITY, 5, RATE, EARLIEST);
        settlement.setFee(COMMUNITY, 5, 2 * RATE, EARLIEST + DURATION);
        settlement.setFee(COMMUNITY, 0, 0, EARLIEST + 2 * DURATION);
        liveThrough();
        settle(intervalAt(2));
        expectMoney(2, -12_000_000, "none any more");
        settle(intervalAt(0));
        expectMoney(2, -24_000_000 - FEE, "the first");
        settle(intervalAt(1));
        expectMoney(2, -36_000_000 - 3 * FEE, "the second");
    }

    function test_AFeeReplacesThoseThatWouldBeginWithItOrLater() public {
        settlement.setFee(COMMUNITY, 5, 100, EARLIEST);
        settlement.setFee(COMMUNITY, 5, 200, EARLIEST + DURATION);
        settlement.setFee(COMMUNITY, 5, 300, EARLIEST + 2 * DURATION);
        settlement.setFee(COMMUNITY, 4, 400, EARLIEST + DURATION);
        expectFee(EARLIEST - 1, 0, 0);
        expectFee(EARLIEST, 5, 100);
        expectFee(EARLIEST + DURATION - 1, 5, 100);
        expectFee(EARLIEST + DURATION, 4, 400);
        expectFee(type(uint40).max, 4, 400);
    }

    function test_ANeighbouringCommunityHasItsOwn() public {
        otherCommunity(COMMUNITY + 1, UNIFORM_PRICE, 500);
        settlement.setFee(COMMUNITY + 1, 5, RATE, EARLIEST);
        expectFee(EARLIEST, 0, 0);
        (uint32 account, uint16 rate) = settlement.feeAt(COMMUNITY + 1, EARLIEST);
        vm.assertEq(abi.encode(account, rate), abi.encode(uint32(5), RATE), "fee");
    }

    /* REFUSED */

    function test_EveryGateIsADayAhead() public {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.FeeTooSoon.selector, EARLIEST - 1, EARLIEST));
        settlement.setFee(COMMUNITY, 5, RATE, EARLIEST - 1);
        vm.assertEq(EARLIEST - GATE_LEAD, block.timestamp + settlement.FEE_NOTICE_SECONDS(), "first gate");
    }

    function test_RefusesMoreThanTheLargestFee() public {
        settlement.setFee(COMMUNITY, 5, 10_000, EARLIEST);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.FeeTooHigh.selector, 10_001, 10_000));
        settlement.setFee(COMMUNITY, 5, 10_001, EARLIEST);
    }

    function test_RefusesAnUnknownCommunity() public {
        vm.expectRevert(abi.encodeWithSelector(IMarket.UnknownCommunity.selector, COMMUNITY + 1));
        settlement.setFee(COMMUNITY + 1, 5, RATE, EARLIEST);
    }

    function test_RefusesAnUnknownAccount() public {
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 6));
        settlement.setFee(COMMUNITY, 6, RATE, EARLIEST);
    }

    function test_OnlyTheAdminSetsFees() public {
        vm.prank(operator);
        expectUnauthorized(operator, ADMIN_ROLE);
        settlement.setFee(COMMUNITY, 5, RATE, EARLIEST);
    }

    function test_EmitsWhatWasAnnounced() public {
        expectEvent(address(settlement));
        emit ISettlement.FeeSet(COMMUNITY, 5, RATE, EARLIEST);
        settlement.setFee(COMMUNITY, 5, RATE, EARLIEST);
    }

    /* ANY SEQUENCE OF ANNOUNCEMENTS */

    /// @notice At any second the fee is that of the last announcement that began by then, unless a later announcement
    /// that began earlier replaced it.
    function testFuzz_TheScheduleIsTheLastWord(uint8[12] calldata offsets, uint16[12] calldata rates, uint8 asked)
        public
    {
        uint16 expected = 0;
        for (uint256 i = 0; i < offsets.length; ++i) {
            uint16 rate = rates[i] % (settlement.MAX_FEE() + 1);
            settlement.setFee(COMMUNITY, 5, rate, EARLIEST + offsets[i]);
        }
        // From the last announcement back: the first that begins by the second asked holds, for what was announced
        // before it ends with its beginning.
        for (uint256 i = offsets.length; i > 0; --i) {
            if (offsets[i - 1] > asked) continue;
            expected = rates[i - 1] % (settlement.MAX_FEE() + 1);
            break;
        }
        (, uint16 rate_) = settlement.feeAt(COMMUNITY, EARLIEST + asked);
        vm.assertEq(rate_, expected, "rate");
    }

    /* HELPERS */

    function expectFee(uint40 start_, uint32 account, uint16 rate) private view {
        (uint32 gotAccount, uint16 gotRate) = settlement.feeAt(COMMUNITY, start_);
        vm.assertEq(abi.encode(gotAccount, gotRate), abi.encode(account, rate), "fee");
    }

    function expectRecordedFee(IntervalId which, int256 gridPayment, uint256 fee) private view {
        (,,, int256 gotPayment, uint256 gotFee,) = settlement.record(which);
        vm.assertEq(gotPayment, gridPayment, "grid payment");
        vm.assertEq(gotFee, fee, "fee");
    }

    function settleTwo() private {
        ISettlement.Statement[] memory statements = new ISettlement.Statement[](2);
        (statements[0], statements[1]) = (statement(intervalAt(0)), statement(intervalAt(1)));
        vm.prank(operator);
        settlement.settleSeveral(statements);
    }
}
