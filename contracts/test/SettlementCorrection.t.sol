// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../src/settlement/ISettlement.sol";
import {ICurrencyToken} from "../src/tokens/ICurrencyToken.sol";
import {NeighboursTest} from "./base/NeighboursTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Correcting the first interval of `NeighboursTest`, which was settled as its table says.
contract SettlementCorrectionTest is NeighboursTest {
    bytes private former;
    uint256 private retiredInAll;

    function setUp() public override {
        super.setUp();
        liveThrough();
        settle(interval);
        former = packRows();
        deposit(walletOf(3), DEPOSIT);
        deposit(walletOf(4), DEPOSIT);
    }

    /* A WRONG STATEMENT: the meters' totals are what they were */

    /// @notice 50 Wh of export were account 4's, not account 3's: 3 pays back 8,000 x 50, 4 gets 30,000 x 50.
    function test_MovesTheDifferences() public {
        giveExportBack();
        correct();
        expectDifference(2, 0, "money of 2");
        expectDifference(3, -400_000, "money of 3");
        expectDifference(4, 1_500_000, "money of 4");
        expectDifference(GRID, -1_100_000, "money of the grid");
        expectEnergy(2, 700, "energy of 2");
        expectEnergy(3, 50, "energy of 3");
        expectEnergy(4, 0, "energy of 4");
        vm.assertEq(energy.totalSupply(), 750, "energy in all is the attested export");
    }

    function test_ReplacesTheRecord() public {
        giveExportBack();
        expectEvent(address(settlement));
        emit ISettlement.SettlementCorrected(
            interval, 1, keccak256(former), keccak256(packRows()), 3, GRID_PAYMENT - 1_100_000, 0
        );
        correct();
        expectRecord(1);
    }

    function test_CorrectionsFollowOneAnother() public {
        giveExportBack();
        correct();
        former = packRows();
        (rows[1].exported, rows[2].exported) = (600, 150);
        rows[0].certificates = 650;
        expectEvent(address(settlement));
        emit ISettlement.SettlementCorrected(interval, 2, keccak256(former), keccak256(packRows()), 3, GRID_PAYMENT, 0);
        correct();
        expectRecord(2);
        expectDifference(3, 0, "money of 3");
        expectDifference(4, 0, "money of 4");
        expectEnergy(2, 650, "energy of 2");
        expectEnergy(3, 100, "energy of 3");
    }

    /// @notice Account 4's sale and meters were account 5's: what one paid, the other does.
    function test_AccountsMayComeAndGo() public {
        rows[2].account = 5;
        correct();
        expectDifference(4, -1_500_000, "money of 4");
        expectMoney(5, 1_500_000, "money of 5");
        expectDifference(GRID, 0, "money of the grid");
    }

    function test_AFeeIsNotPaidAgain() public {
        settlement.setFee(COMMUNITY, 5, 1_000, uint40(block.timestamp) + 1 days + GATE_LEAD);
        giveExportBack();
        correct();
        expectMoney(5, 0, "money of the fee's account");
        (,,,, uint256 fee,) = settlement.record(interval);
        vm.assertEq(fee, 0, "fee");
    }

    /* CHANGED METERS */

    /// @notice Account 2 imported 30 Wh more, and account 3 exported 120 Wh less.
    function test_FollowsTheMetersTotals() public {
        rows[0].imported += 30;
        rows[1].exported -= 120;
        rows[0].certificates -= 20;
        expectRefused(abi.encodeWithSelector(ISettlement.MeteredTotalsMismatch.selector, 750, 780, 750, 630));
        meter(780, 630);
        correct();
        // 8,000 x 100 that were not fed in, and 30,000 x 20 that it sold and did not deliver.
        expectDifference(3, -800_000 - 600_000, "money of 3");
        expectDifference(2, -900_000, "money of 2");
        expectDifference(GRID, 2_300_000, "money of the grid");
        expectEnergy(2, 630, "energy of 2");
        expectEnergy(3, 0, "energy of 3");
        vm.assertEq(energy.totalSupply(), 630, "energy in all is the attested export");
        vm.assertEq(settlement.certificateDebts(), 0, "nothing is owed");
    }

    /* CERTIFICATES THAT ARE GONE */

    function test_WhatAHolderUsedUpIsOwed() public {
        retire(2, 640);
        takeExportBack(120);
        expectEvent(address(settlement));
        emit ISettlement.CertificatesOwed(2, 10, 10);
        correct();
        expectEnergy(2, 0, "all that it had");
        vm.assertEq(settlement.certificateDebt(2), 10, "debt of 2");
        vm.assertEq(settlement.certificateDebt(3), 0, "debt of 3");
        vm.assertEq(settlement.certificateDebts(), 10, "debts");
        expectSupply(750 - 120);
    }

    /// @notice 650 Wh of certificates in the next interval, of which 10 are owed.
    function test_ADebtIsKeptFromWhatIsIssuedNext() public {
        retire(2, 640);
        takeExportBack(120);
        correct();
        restore();
        expectEvent(address(settlement));
        emit ISettlement.CertificatesWithheld(2, 10, 0);
        settle(intervalAt(1));
        expectEnergy(2, 640, "energy of 2");
        vm.assertEq(settlement.certificateDebt(2), 0, "debt of 2");
        vm.assertEq(settlement.certificateDebts(), 0, "debts");
        expectSupply(750 - 120 + 750);
    }

    /// @notice 3 has nothing left of its 100 Wh and loses them; it is due 100 Wh again an interval later.
    function test_ADebtMayTakeSeveralIntervals() public {
        retire(3, 100);
        retire(2, 650);
        // Nothing was exported.
        (rows[1].exported, rows[2].exported, rows[0].certificates) = (0, 0, 0);
        meter(750, 0);
        correct();
        vm.assertEq(settlement.certificateDebts(), 750, "debts");
        restore();
        rows[1].exported = 540;
        rows[2].exported = 210;
        rows[0].certificates = 700;
        settle(intervalAt(1));
        vm.assertEq(settlement.certificateDebt(2), 0, "debt of 2 is paid with 650 of 700");
        vm.assertEq(settlement.certificateDebt(3), 60, "debt of 3 is paid with 40 of 100");
        expectEnergy(2, 50, "energy of 2");
        expectEnergy(3, 0, "energy of 3");
        expectEnergy(4, 10, "energy of 4, which owes nothing");
        expectSupply(750);
    }

    function test_ACorrectionMayPayADebtBack() public {
        retire(2, 640);
        takeExportBack(120);
        correct();
        former = packRows();
        restore();
        meter(750, 750);
        expectEvent(address(settlement));
        emit ISettlement.CertificatesWithheld(2, 10, 0);
        correct();
        expectEnergy(2, 10, "energy of 2");
        expectEnergy(3, 100, "energy of 3");
        vm.assertEq(settlement.certificateDebts(), 0, "debts");
        expectSupply(750);
    }

    /// @notice The wallet of now is asked, and the debt is the account's.
    function test_ADebtIsTheAccountsNotTheWallets() public {
        address next = vm.addr(99);
        vm.prank(walletOf(2));
        registry.proposeWallet(2, next);
        vm.prank(next);
        registry.acceptWallet(2);
        takeExportBack(120);
        // Its payment stays what it was, so that the new wallet needs no deposit.
        correct();
        expectEnergy(2, 650, "the old wallet keeps its own");
        vm.assertEq(settlement.certificateDebt(2), 20, "debt of 2");
        restore();
        vm.prank(walletOf(2));
        vm.assertTrue(currency.transfer(next, DEPOSIT / 2), "money moved on");
        settle(intervalAt(1));
        vm.assertEq(energy.balanceOf(next), 630, "energy of the new wallet");
    }

    /* REFUSED */

    function test_RefusesWhatHoldsAlready() public {
        expectRefused(abi.encodeWithSelector(ISettlement.PositionsUnchanged.selector, interval));
    }

    function test_RefusesOtherFormerPositions() public {
        bytes32 settled = keccak256(former);
        giveExportBack();
        former[23] ^= 0x01;
        expectRefused(abi.encodeWithSelector(ISettlement.FormerPositionsMismatch.selector, settled, keccak256(former)));
    }

    function test_RefusesAnIntervalThatIsNotSettled() public {
        giveExportBack();
        ISettlement.Statement memory stated = statement(intervalAt(1));
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotSettled.selector, intervalAt(1)));
        settlement.correct(stated, former);
    }

    function test_ACorrectedIntervalIsSettledAllTheSame() public {
        giveExportBack();
        correct();
        ISettlement.Statement memory stated = statement(interval);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AlreadySettled.selector, interval));
        settlement.settle(interval, stated.priceHash, stated.positions, stated.gridPayment);
    }

    function test_RefusesAfterNinetyDays() public {
        giveExportBack();
        vm.warp(END + 90 days);
        expectRefused(abi.encodeWithSelector(ISettlement.CorrectionTooLate.selector, interval, END + 90 days));
        vm.warp(END + 90 days - 1);
        correct();
    }

    function test_RefusesAnotherVolume() public {
        rows[0].bought += 1;
        expectRefused(abi.encodeWithSelector(ISettlement.TradedEnergyUnbalanced.selector, 700, 701, 700));
    }

    function test_RefusesAGridPaymentOneUnitOff() public {
        giveExportBack();
        ISettlement.Statement memory stated = statement(interval);
        stated.gridPayment += 1;
        vm.prank(operator);
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.MoneyUnbalanced.selector, stated.gridPayment - 1, stated.gridPayment)
        );
        settlement.correct(stated, former);
    }

    function test_RefusesACertificateTooMuch() public {
        giveExportBack();
        rows[2].exported -= 1;
        expectRefused(abi.encodeWithSelector(ISettlement.CertificatesUnbalanced.selector, 699, 700));
    }

    function test_RefusesAccountsThatDoNotAscend() public {
        (rows[1].account, rows[2].account) = (4, 3);
        expectRefused(abi.encodeWithSelector(ISettlement.PositionsNotAscending.selector, 2));
    }

    function test_RefusesThePositionOfTheGrid() public {
        rows[0].account = GRID;
        expectRefused(abi.encodeWithSelector(ISettlement.GridAccountInPositions.selector, GRID));
    }

    function test_RefusesHalfAPosition() public {
        ISettlement.Statement memory stated = statement(interval);
        stated.positions = bytes.concat(stated.positions, hex"00000005");
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.InvalidPositions.selector, 76));
        settlement.correct(stated, former);
    }

    function test_RefusesAnotherPriceHash() public {
        giveExportBack();
        ISettlement.Statement memory stated = statement(interval);
        bytes32 recorded = stated.priceHash;
        stated.priceHash = keccak256("other");
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.PriceHashMismatch.selector, recorded, keccak256("other")));
        settlement.correct(stated, former);
    }

    function test_RefusesAnAllocationThatTheMarketDoesNotHave() public {
        giveExportBack();
        ISettlement.Statement memory stated = statement(interval);
        stated.allocation = hex"00";
        vm.prank(operator);
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.AllocationHashMismatch.selector, bytes32(0), keccak256(hex"00"))
        );
        settlement.correct(stated, former);
    }

    function test_WhoeverPaysMustHaveIt() public {
        giveExportBack();
        uint256 held = currency.balanceOf(walletOf(3));
        vm.prank(walletOf(3));
        vm.assertTrue(currency.transfer(stranger, held - 399_999), "money moved away");
        expectRefused(
            abi.encodeWithSelector(ICurrencyToken.InsufficientDeposit.selector, walletOf(3), 400_000, 399_999)
        );
    }

    function test_OnlyTheOperatorCorrects() public {
        giveExportBack();
        ISettlement.Statement memory stated = statement(interval);
        bytes32 role = settlement.OPERATOR_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        settlement.correct(stated, former);
    }

    /* HELPERS */

    /// @dev 50 Wh of export move from account 3 to account 4, which sold them: there are 50 certificates more.
    function giveExportBack() private {
        (rows[1].exported, rows[2].exported) = (550, 200);
        rows[0].certificates = 700;
    }

    /// @dev Account 3 exported `amount` Wh less, of which the first 100 were not sold.
    function takeExportBack(uint32 amount) private {
        rows[1].exported -= amount;
        rows[0].certificates -= amount - 100;
        meter(750, 750 - amount);
    }

    /// @dev Back to what was settled.
    function restore() private {
        (rows[1].exported, rows[2].exported) = (600, 150);
        rows[0].certificates = 650;
    }

    /// @dev What the gateways attest from now on. How they correct their statements is Metering's own matter.
    function meter(uint64 imported, uint64 exported) private {
        vm.mockCall(
            address(metering),
            abi.encodeCall(metering.totals, (interval)),
            abi.encode(imported, exported, uint32(20), uint16(1), true)
        );
    }

    function retire(uint32 account, uint256 amount) private {
        vm.prank(walletOf(account));
        energy.retire(amount);
        retiredInAll += amount;
    }

    function correct() private {
        ISettlement.Statement memory stated = statement(interval);
        vm.prank(operator);
        settlement.correct(stated, former);
    }

    function expectRefused(bytes memory reason) private {
        ISettlement.Statement memory stated = statement(interval);
        vm.prank(operator);
        vm.expectRevert(reason);
        settlement.correct(stated, former);
    }

    /// @dev Money beside what the first settlement and the deposits came to.
    function expectDifference(uint32 account, int256 difference, string memory what) private view {
        int256[5] memory settled = [int256(0), GRID_PAYMENT, -12_000_000, 8_300_000, 1_500_000];
        bool isLater = account == 3 || account == 4;
        expectMoney(account, settled[account] + difference + (isLater ? int256(DEPOSIT) : int256(0)), what);
    }

    /// @dev Certificates are the settled export, less what was used up, and more by what is owed.
    function expectSupply(uint256 settledExport) private view {
        uint256 held = energy.balanceOf(walletOf(2)) + energy.balanceOf(walletOf(3)) + energy.balanceOf(walletOf(4));
        vm.assertEq(energy.totalSupply(), held, "supply is held");
        vm.assertEq(held + retiredInAll, settledExport + settlement.certificateDebts(), "supply");
    }

    function expectRecord(uint16 expectedCorrections) private view {
        (bytes32 priceHash, bytes32 positionsHash, uint32 participants, int256 gridPayment,, uint16 corrections) =
            settlement.record(interval);
        vm.assertEq(priceHash, priceHashOf(interval), "price hash");
        vm.assertEq(positionsHash, keccak256(packRows()), "positions hash");
        vm.assertEq(participants, 3, "participants");
        vm.assertEq(gridPayment, paymentOfRows(), "grid payment");
        vm.assertEq(corrections, expectedCorrections, "corrections");
    }
}
