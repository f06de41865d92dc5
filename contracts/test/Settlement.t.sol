// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/disputes/IDisputes.sol";
import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IRegistry} from "../src/registry/IRegistry.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {ICurrencyToken} from "../src/tokens/ICurrencyToken.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Settling one interval: 700 Wh traded at 15 ct/kWh between a tariff of 8 and 30 ct/kWh.
///
///     account   bought   sold   imported   exported   residual   certificates   payment, 10^-8 EUR
///     2            700      0        750          0        +50            650   15,000 x 700 + 30,000 x 50 = 12,000,000
///     3              0    500          0        600       -100              0   -15,000 x 500 - 8,000 x 100 = -8,300,000
///     4              0    200          0        150        +50              0   -15,000 x 200 + 30,000 x 50 = -1,500,000
///
/// Account 4 sold 50 Wh that it did not deliver: it buys them from the grid, and there is no certificate for them.
contract SettlementTest is CommunityTest {
    struct Row {
        uint32 account;
        uint32 bought;
        uint32 sold;
        uint32 imported;
        uint32 exported;
        uint32 certificates;
    }

    int32 private constant PRICE = 15_000;
    int32 private constant FEED_IN = 8_000;
    int32 private constant RETAIL = 30_000;
    int256 private constant GRID_PAYMENT = 2_200_000;
    uint256 private constant DEPOSIT = 1e8;

    uint32 private gateway;
    bytes32 private priceHash;
    Row[] private rows;

    function setUp() public override {
        super.setUp();
        registerUpTo(4);
        gateway = registerGateway(GATEWAY_SECRET, 2);
        deposit(walletOf(2), DEPOSIT);
        deposit(gridWallet, DEPOSIT);
        postTariff(FEED_IN, RETAIL);
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 700, 20_000);
        orders[1] = TestOrder(3, OFFER, 700, 10_000);
        commit(orders);
        vm.warp(GATE);
        clear(PRICE, 700);
        vm.warp(END);
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 750, 750));
        (,,,,, priceHash) = market.priceRecord(interval);
        rows.push(Row(2, 700, 0, 750, 0, 650));
        rows.push(Row(3, 0, 500, 0, 600, 0));
        rows.push(Row(4, 0, 200, 0, 150, 0));
    }

    /* ACCEPTED */

    function test_MovesMoneyAndEnergy() public {
        settle();
        vm.assertEq(currency.balanceOf(walletOf(2)), DEPOSIT - 12_000_000, "money of 2");
        vm.assertEq(currency.balanceOf(walletOf(3)), 8_300_000, "money of 3");
        vm.assertEq(currency.balanceOf(walletOf(4)), 1_500_000, "money of 4");
        vm.assertEq(currency.balanceOf(gridWallet), DEPOSIT + 2_200_000, "money of the grid");
        vm.assertEq(currency.totalSupply(), 2 * DEPOSIT, "money in all");

        vm.assertEq(energy.balanceOf(walletOf(2)), 650, "energy of 2");
        vm.assertEq(energy.balanceOf(walletOf(3)), 100, "energy of 3");
        vm.assertEq(energy.balanceOf(walletOf(4)), 0, "energy of 4");
        vm.assertEq(energy.totalSupply(), 750, "energy in all is the attested export");
    }

    function test_RecordsAndEmits() public {
        bytes32 positionsHash = keccak256(packRows());
        expectEvent(address(settlement));
        emit ISettlement.IntervalSettled(interval, priceHash, positionsHash, 3, GRID_PAYMENT, 0);
        settle();
        expectRecord(priceHash, positionsHash, 3, GRID_PAYMENT);
        (,,,, bool closed) = metering.totals(interval);
        vm.assertTrue(closed, "metering closed");
    }

    function test_NothingIsRecordedBefore() public view {
        expectRecord(0, 0, 0, 0);
    }

    function test_SettlesAnIntervalInWhichNothingHappened() public {
        IntervalId next = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
        postTariff(next, FEED_IN, RETAIL);
        clear(next, FEED_IN, 0);
        vm.warp(END + DURATION);
        (,,,,, bytes32 nextPriceHash) = market.priceRecord(next);
        vm.startPrank(operator);
        settlement.settle(next, nextPriceHash, "", 0);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AlreadySettled.selector, next));
        settlement.settle(next, nextPriceHash, "", 0);
    }

    function test_ABarredParticipantIsSettledAllTheSame() public {
        vm.prank(registrar);
        registry.setParticipantActive(2, false);
        settle();
    }

    /* TRADED ENERGY */

    function test_RefusesABoughtUnitTooMuch() public {
        rows[0].bought += 1;
        expectRefused(abi.encodeWithSelector(ISettlement.TradedEnergyUnbalanced.selector, 700, 701, 700));
    }

    function test_RefusesASoldUnitTooLittle() public {
        rows[2].sold -= 1;
        expectRefused(abi.encodeWithSelector(ISettlement.TradedEnergyUnbalanced.selector, 700, 700, 699));
    }

    function test_RefusesATradeBeyondTheRecordedVolume() public {
        rows[0].bought += 1;
        rows[1].sold += 1;
        expectRefused(abi.encodeWithSelector(ISettlement.TradedEnergyUnbalanced.selector, 700, 701, 701));
    }

    function test_RefusesADroppedPosition() public {
        rows.pop();
        expectRefused(abi.encodeWithSelector(ISettlement.TradedEnergyUnbalanced.selector, 700, 700, 500));
    }

    /* METERED ENERGY */

    function test_RefusesImportsThatWereNotAttested() public {
        rows[0].imported += 1;
        // The money is made to agree: the additional unit is bought from the grid.
        expectRefused(
            GRID_PAYMENT + RETAIL,
            abi.encodeWithSelector(ISettlement.MeteredTotalsMismatch.selector, 750, 751, 750, 750)
        );
    }

    function test_RefusesExportsThatWereNotAttested() public {
        rows[1].exported += 1;
        expectRefused(
            GRID_PAYMENT - FEED_IN,
            abi.encodeWithSelector(ISettlement.MeteredTotalsMismatch.selector, 750, 750, 750, 751)
        );
    }

    /* MONEY */

    function test_RefusesAGridPaymentOneUnitOff() public {
        expectRefused(
            GRID_PAYMENT + 1,
            abi.encodeWithSelector(ISettlement.MoneyUnbalanced.selector, GRID_PAYMENT, GRID_PAYMENT + 1)
        );
        expectRefused(
            GRID_PAYMENT - 1,
            abi.encodeWithSelector(ISettlement.MoneyUnbalanced.selector, GRID_PAYMENT, GRID_PAYMENT - 1)
        );
    }

    function test_RefusesToSettleBeyondADeposit() public {
        vm.prank(walletOf(2));
        vm.assertTrue(currency.transfer(stranger, DEPOSIT - 11_999_999), "money moved away");
        expectRefused(
            abi.encodeWithSelector(ICurrencyToken.InsufficientDeposit.selector, walletOf(2), 12_000_000, 11_999_999)
        );
    }

    /* CERTIFICATES */

    function test_RefusesACertificateThatNobodyDelivered() public {
        rows[0].certificates += 1;
        expectRefused(abi.encodeWithSelector(ISettlement.CertificatesUnbalanced.selector, 650, 651));
    }

    function test_RefusesToWithholdACertificate() public {
        rows[0].certificates -= 1;
        expectRefused(abi.encodeWithSelector(ISettlement.CertificatesUnbalanced.selector, 650, 649));
    }

    function test_RefusesCertificatesForWhatWasNotBought() public {
        rows[0].certificates -= 1;
        rows[1].certificates += 1;
        expectRefused(abi.encodeWithSelector(ISettlement.CertificatesExceedPurchase.selector, 1, 0, 1));
    }

    /* THE PRICE IT RESTS ON */

    function test_RefusesAnotherPriceHash() public {
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.PriceHashMismatch.selector, priceHash, keccak256("other")));
        settlement.settle(interval, keccak256("other"), packRows(), GRID_PAYMENT);
    }

    function test_RefusesAnIntervalWithoutPrice() public {
        IntervalId next = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotCleared.selector, next));
        settlement.settle(next, 0, "", 0);
    }

    /* THE FORM OF POSITIONS */

    function test_RefusesAccountsThatDoNotAscend() public {
        (rows[0].account, rows[1].account) = (3, 2);
        expectRefused(abi.encodeWithSelector(ISettlement.PositionsNotAscending.selector, 1));
    }

    function test_RefusesAnAccountTwice() public {
        rows[2].account = 3;
        expectRefused(abi.encodeWithSelector(ISettlement.PositionsNotAscending.selector, 2));
    }

    function test_RefusesAccountZero() public {
        rows[0].account = 0;
        expectRefused(abi.encodeWithSelector(ISettlement.PositionsNotAscending.selector, 0));
    }

    function test_RefusesThePositionOfTheGrid() public {
        rows[0].account = GRID;
        expectRefused(abi.encodeWithSelector(ISettlement.GridAccountInPositions.selector, GRID));
    }

    function test_RefusesAnUnknownAccount() public {
        rows[2].account = 5;
        expectRefused(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 5));
    }

    function test_RefusesHalfAPosition() public {
        bytes memory positions = bytes.concat(packRows(), hex"0000000500000000");
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.InvalidPositions.selector, 80));
        settlement.settle(interval, priceHash, positions, GRID_PAYMENT);
    }

    /* WHEN AND WHO */

    function test_RefusesToSettleTwice() public {
        settle();
        expectRefused(abi.encodeWithSelector(ISettlement.AlreadySettled.selector, interval));
    }

    function test_RefusesToSettleBeforeTheIntervalIsOver() public {
        IntervalId next = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
        postTariff(next, FEED_IN, RETAIL);
        clear(next, FEED_IN, 0);
        (,,,,, bytes32 nextPriceHash) = market.priceRecord(next);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.DisputeWindowOpen.selector, next, END + DURATION, END));
        settlement.settle(next, nextPriceHash, "", 0);
    }

    function test_OnlyTheOperatorSettles() public {
        bytes32 role = settlement.OPERATOR_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        settlement.settle(interval, priceHash, "", 0);
    }

    /* HELPERS */

    function packRows() private view returns (bytes memory positions) {
        for (uint256 i = 0; i < rows.length; ++i) {
            Row memory row = rows[i];
            positions = bytes.concat(
                positions,
                abi.encodePacked(row.account, row.bought, row.sold, row.imported, row.exported, row.certificates)
            );
        }
    }

    function settle() private {
        vm.prank(operator);
        settlement.settle(interval, priceHash, packRows(), GRID_PAYMENT);
    }

    /// @dev Settles with the payment that the changed positions add up to, so that money is not what is refused.
    function expectRefused(bytes memory reason) private {
        expectRefused(paymentOfRows(), reason);
    }

    function expectRefused(int256 gridPayment, bytes memory reason) private {
        bytes memory positions = packRows();
        vm.prank(operator);
        vm.expectRevert(reason);
        settlement.settle(interval, priceHash, positions, gridPayment);
    }

    function paymentOfRows() private view returns (int256 sum) {
        for (uint256 i = 0; i < rows.length; ++i) {
            int256 bought = int256(uint256(rows[i].bought));
            int256 sold = int256(uint256(rows[i].sold));
            int256 taken = int256(uint256(rows[i].imported)) + sold - bought - int256(uint256(rows[i].exported));
            sum += PRICE * (bought - sold);
            sum += taken > 0 ? RETAIL * taken : FEED_IN * taken;
        }
    }

    function expectRecord(bytes32 expectedPrice, bytes32 positionsHash, uint32 participants, int256 gridPayment)
        private
        view
    {
        bytes memory expected = abi.encode(expectedPrice, positionsHash, participants, gridPayment);
        (expectedPrice, positionsHash, participants, gridPayment,,) = settlement.record(interval);
        vm.assertEq(abi.encode(expectedPrice, positionsHash, participants, gridPayment), expected, "record");
    }
}
