// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {GridReconciliation} from "../src/tokens/GridReconciliation.sol";
import {IGridReconciliation} from "../src/tokens/IGridReconciliation.sol";
import {vm} from "./base/Vm.sol";

/// @notice Invoices compared with settlements. The test itself takes the settlement contract's place, so that periods
/// are as long as they are in practice.
contract GridReconciliationTest {
    uint32 private constant COMMUNITY = 7;
    uint40 private constant FIRST = 1_743_465_600;
    uint24 private constant DURATION = 900;
    bytes32 private constant INVOICE = keccak256("the grid operator's invoice");

    address private immutable reconciler = vm.addr(41);
    address private immutable stranger = vm.addr(42);

    GridReconciliation private reconciliation;
    mapping(IntervalId => int256) private payments;
    mapping(IntervalId => bool) private settled;

    function setUp() public {
        vm.warp(FIRST + 31 days);
        reconciliation = new GridReconciliation(address(this), ISettlement(address(this)));
        reconciliation.grantRole(reconciliation.RECONCILER_ROLE(), reconciler);
    }

    /// @dev Of `ISettlement`.
    function record(IntervalId interval) external view returns (bytes32, bytes32, uint32, int256, uint256, uint16) {
        bytes32 positions = settled[interval] ? keccak256("positions") : bytes32(0);
        return (0, positions, 0, payments[interval], 0, 0);
    }

    /* RECORD */

    function test_RecordsAnInvoice() public {
        vm.prank(reconciler);
        expectEvent();
        emit IGridReconciliation.InvoiceRecorded(INVOICE, COMMUNITY, FIRST, FIRST + 3600, DURATION, -70);
        reconciliation.recordInvoice(INVOICE, COMMUNITY, FIRST, FIRST + 3600, DURATION, -70);
        (uint32 community, uint40 start, uint40 end, uint24 duration, uint40 counted,, int128 amount,) =
            reconciliation.invoiceOf(INVOICE);
        vm.assertEq(community, COMMUNITY, "community");
        vm.assertEq(start, FIRST, "start");
        vm.assertEq(end, FIRST + 3600, "end");
        vm.assertEq(duration, DURATION, "duration");
        vm.assertEq(counted, FIRST, "counted until");
        vm.assertEq(amount, -70, "amount");
    }

    function test_RefusesAnInvoiceTwice() public {
        invoice(4, 0);
        vm.expectRevert(abi.encodeWithSelector(IGridReconciliation.AlreadyRecorded.selector, INVOICE));
        invoice(4, 0);
    }

    function test_RefusesAnInvoiceWithoutDocument() public {
        vm.prank(reconciler);
        vm.expectRevert(IGridReconciliation.InvoiceMissing.selector);
        reconciliation.recordInvoice(0, COMMUNITY, FIRST, FIRST + 3600, DURATION, 0);
    }

    function test_RefusesPeriodsThatAreNone() public {
        refusesPeriod(FIRST, FIRST, DURATION);
        refusesPeriod(FIRST + 3600, FIRST, DURATION);
        refusesPeriod(FIRST + 1, FIRST + 3600, DURATION);
        refusesPeriod(FIRST, FIRST + 3601, DURATION);
        refusesPeriod(FIRST, FIRST + 3600, 0);
        // Not over.
        refusesPeriod(FIRST, FIRST + 31 days + DURATION, DURATION);
    }

    function test_OnlyAReconcilerActs() public {
        bytes32 role = reconciliation.RECONCILER_ROLE();
        vm.startPrank(stranger);
        expectUnauthorized(role);
        reconciliation.recordInvoice(INVOICE, COMMUNITY, FIRST, FIRST + 3600, DURATION, 0);
        expectUnauthorized(role);
        reconciliation.reconcile(INVOICE, 1);
        expectUnauthorized(role);
        reconciliation.recount(INVOICE);
    }

    /* COMPARE */

    function test_StatesThatBothAgree() public {
        settle(0, 100);
        settle(1, -30);
        settle(2, 0);
        // Beyond the period, and of another community.
        settle(3, 999);
        invoice(3, 70);
        expectReconciled(70, 70, 0, 0);
        count(3);
    }

    function test_StatesTheDifference() public {
        settle(0, 100);
        settle(1, -130);
        invoice(2, 20);
        expectReconciled(20, -30, -50, 0);
        count(2);
    }

    function test_CountsInParts() public {
        for (uint40 i = 0; i < 96; ++i) {
            settle(i, int256(uint256(i)) * 1e8);
        }
        invoice(96, 0);
        count(40);
        count(40);
        (,,,, uint40 until,,, int128 received) = reconciliation.invoiceOf(INVOICE);
        vm.assertEq(until, FIRST + 80 * DURATION, "counted until");
        vm.assertEq(received, int256(79 * 80 / 2) * 1e8, "received");
        int256 sum = int256(95 * 96 / 2) * 1e8;
        expectReconciled(0, sum, sum, 0);
        // More than is left.
        count(40);
        vm.expectRevert(abi.encodeWithSelector(IGridReconciliation.AlreadyReconciled.selector, INVOICE));
        count(1);
    }

    function test_CountsAgainWhereIntervalsWereUnsettled() public {
        settle(0, 100);
        invoice(2, 150);
        expectReconciled(150, 100, -50, 1);
        count(2);
        settle(1, 50);
        recount();
        expectReconciled(150, 150, 0, 0);
        count(2);
    }

    function test_CountsAgainWhatWasCorrected() public {
        settle(0, 100);
        settle(1, 50);
        invoice(2, 150);
        expectReconciled(150, 150, 0, 0);
        count(2);
        settle(1, 40);
        recount();
        expectReconciled(150, 140, -10, 0);
        count(2);
    }

    function test_RefusesToCountAgainHalfway() public {
        invoice(2, 0);
        count(1);
        vm.expectRevert(abi.encodeWithSelector(IGridReconciliation.NothingToRecount.selector, INVOICE));
        recount();
    }

    function test_RefusesAnUnknownInvoice() public {
        vm.expectRevert(abi.encodeWithSelector(IGridReconciliation.UnknownInvoice.selector, INVOICE));
        count(1);
        vm.expectRevert(abi.encodeWithSelector(IGridReconciliation.UnknownInvoice.selector, INVOICE));
        recount();
    }

    function testFuzz_PartsAddUpToTheWhole(int64[12] memory amounts, uint16 unsettled, uint8 step) public {
        int256 sum = 0;
        uint32 missing = 0;
        for (uint40 i = 0; i < amounts.length; ++i) {
            if (unsettled >> i & 1 == 1) {
                ++missing;
                continue;
            }
            settle(i, amounts[i]);
            sum += amounts[i];
        }
        (int256 received, uint32 left) = reconciliation.receivedFor(COMMUNITY, FIRST, DURATION, 12);
        vm.assertEq(received, sum, "received");
        vm.assertEq(left, missing, "unsettled");
        invoice(12, 5);
        uint32 part = 1 + step % 12;
        for (uint32 counted = 0; counted < 12; counted += part) {
            count(part);
        }
        (,,,,, uint32 unsettledGot,, int128 receivedGot) = reconciliation.invoiceOf(INVOICE);
        vm.assertEq(receivedGot, sum, "counted");
        vm.assertEq(unsettledGot, missing, "counted unsettled");
    }

    /* HELPERS */

    function settle(uint40 step, int256 payment) private {
        IntervalId interval = IntervalLib.pack(COMMUNITY, FIRST + step * DURATION, DURATION);
        (settled[interval], payments[interval]) = (true, payment);
        interval = IntervalLib.pack(COMMUNITY + 1, FIRST + step * DURATION, DURATION);
        (settled[interval], payments[interval]) = (true, 12_345);
    }

    function invoice(uint40 intervals, int128 amount) private {
        vm.prank(reconciler);
        reconciliation.recordInvoice(INVOICE, COMMUNITY, FIRST, FIRST + intervals * DURATION, DURATION, amount);
    }

    function count(uint32 intervals) private {
        vm.prank(reconciler);
        reconciliation.reconcile(INVOICE, intervals);
    }

    function recount() private {
        vm.prank(reconciler);
        reconciliation.recount(INVOICE);
    }

    function refusesPeriod(uint40 start, uint40 end, uint24 duration) private {
        vm.prank(reconciler);
        vm.expectRevert(abi.encodeWithSelector(IGridReconciliation.InvalidPeriod.selector, start, end, duration));
        reconciliation.recordInvoice(INVOICE, COMMUNITY, start, end, duration, 0);
    }

    function expectReconciled(int256 invoiced, int256 received, int256 difference, uint32 unsettled) private {
        expectEvent();
        emit IGridReconciliation.InvoiceReconciled(INVOICE, COMMUNITY, invoiced, received, difference, unsettled);
    }

    function expectEvent() private {
        vm.expectEmit(true, true, true, true, address(reconciliation));
    }

    function expectUnauthorized(bytes32 role) private {
        vm.expectRevert(abi.encodeWithSignature("AccessControlUnauthorizedAccount(address,bytes32)", stranger, role));
    }
}
