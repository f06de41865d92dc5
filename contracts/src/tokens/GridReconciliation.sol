// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ADMIN_TRANSFER_DELAY} from "../governance/AdminDelay.sol";
import {IntervalLib} from "../interval/IntervalLib.sol";
import {ISettlement} from "../settlement/ISettlement.sol";
import {IGridReconciliation} from "./IGridReconciliation.sol";

/// @title GridReconciliation
/// @notice See `IGridReconciliation`.
contract GridReconciliation is IGridReconciliation, AccessControlDefaultAdminRules {
    /// @notice May record invoices and count them.
    bytes32 public constant RECONCILER_ROLE = keccak256("RECONCILER_ROLE");

    /// @dev Two slots.
    struct Invoice {
        uint32 community;
        uint40 periodStart;
        uint40 periodEnd;
        uint24 duration;
        uint40 countedUntil;
        uint32 unsettled;
        int128 amount;
        int128 received;
    }

    ISettlement private immutable _settlement;

    /// @inheritdoc IGridReconciliation
    mapping(bytes32 invoice => Invoice) public invoiceOf;

    /// @param admin Receives the admin role, which grants every other.
    constructor(address admin, ISettlement settlement) AccessControlDefaultAdminRules(ADMIN_TRANSFER_DELAY, admin) {
        _settlement = settlement;
    }

    /// @inheritdoc IGridReconciliation
    function recordInvoice(
        bytes32 invoice,
        uint32 community,
        uint40 periodStart,
        uint40 periodEnd,
        uint24 duration,
        int128 amount
    ) external onlyRole(RECONCILER_ROLE) {
        if (invoice == 0) revert InvoiceMissing();
        if (invoiceOf[invoice].duration != 0) revert AlreadyRecorded(invoice);
        _requirePeriod(periodStart, periodEnd, duration);
        invoiceOf[invoice] = Invoice(community, periodStart, periodEnd, duration, periodStart, 0, amount, 0);
        emit InvoiceRecorded(invoice, community, periodStart, periodEnd, duration, amount);
    }

    /// @inheritdoc IGridReconciliation
    function reconcile(bytes32 invoice, uint32 intervals) external onlyRole(RECONCILER_ROLE) {
        Invoice storage entry = _recorded(invoice);
        (uint40 first, uint24 duration) = (entry.countedUntil, entry.duration);
        if (first == entry.periodEnd) revert AlreadyReconciled(invoice);
        uint40 left = (entry.periodEnd - first) / duration;
        // At most what is asked for, which has 32 bits.
        uint32 count = left < intervals ? uint32(left) : intervals;
        (int256 received, uint32 unsettled) = receivedFor(entry.community, first, duration, count);
        // Below the period's end, which has 40 bits.
        entry.countedUntil = first + uint40(count) * duration;
        entry.received += SafeCast.toInt128(received);
        entry.unsettled += unsettled;
        if (entry.countedUntil == entry.periodEnd) _conclude(invoice, entry);
    }

    /// @inheritdoc IGridReconciliation
    function recount(bytes32 invoice) external onlyRole(RECONCILER_ROLE) {
        Invoice storage entry = _recorded(invoice);
        if (entry.countedUntil != entry.periodEnd) revert NothingToRecount(invoice);
        (entry.countedUntil, entry.unsettled, entry.received) = (entry.periodStart, 0, 0);
    }

    /// @inheritdoc IGridReconciliation
    function receivedFor(uint32 community, uint40 first, uint24 duration, uint32 intervals)
        public
        view
        returns (int256 received, uint32 unsettled)
    {
        for (uint32 i = 0; i < intervals; ++i) {
            uint40 start = first + uint40(i) * duration;
            (, bytes32 positionsHash,, int256 gridPayment,,) =
                _settlement.record(IntervalLib.pack(community, start, duration));
            if (positionsHash == 0) ++unsettled;
            else received += gridPayment;
        }
    }

    /* INTERNAL */

    function _conclude(bytes32 invoice, Invoice storage entry) private {
        (int256 invoiced, int256 received) = (entry.amount, entry.received);
        emit InvoiceReconciled(invoice, entry.community, invoiced, received, received - invoiced, entry.unsettled);
    }

    function _recorded(bytes32 invoice) private view returns (Invoice storage entry) {
        entry = invoiceOf[invoice];
        if (entry.duration == 0) revert UnknownInvoice(invoice);
    }

    function _requirePeriod(uint40 periodStart, uint40 periodEnd, uint24 duration) private view {
        bool valid = duration != 0 && periodStart < periodEnd && periodEnd <= block.timestamp;
        if (!valid || periodStart % duration != 0 || periodEnd % duration != 0) {
            revert InvalidPeriod(periodStart, periodEnd, duration);
        }
    }
}
