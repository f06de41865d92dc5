// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IGridReconciliation
/// @notice Compares what the grid operator invoices for a period with what its account received on chain for it.
/// @dev What it received is the sum of `gridPayment` over the settlements of the period's intervals, read from the
/// settlement contract one after the other: money moved otherwise, and settlements of other periods, play no part, and no
/// settlement costs more for it. A month has 2,976 intervals of a quarter of an hour, so the sum is made in parts.
///
/// An invoice is recorded, then counted until its period's end. What was not settled by then is counted, too. It can be
/// counted again, since intervals may be settled later, and settlements corrected.
interface IGridReconciliation {
    /* EVENTS */

    /// @notice An invoice was recorded.
    /// @param invoice Hash of the invoice's document.
    /// @param periodStart First second of the period, UTC.
    /// @param periodEnd First second after it, UTC.
    /// @param duration Seconds of an interval.
    /// @param amount 10^-8 EUR that the grid operator asks for; negative where it owes.
    event InvoiceRecorded(
        bytes32 indexed invoice,
        uint32 indexed community,
        uint40 periodStart,
        uint40 periodEnd,
        uint24 duration,
        int128 amount
    );

    /// @notice All intervals of an invoice's period were counted.
    /// @param invoiced 10^-8 EUR.
    /// @param received 10^-8 EUR that the grid's account received for the period.
    /// @param difference received - invoiced; 0 where both agree.
    /// @param unsettled Number of intervals of the period that are not settled, which may be those that never will be.
    event InvoiceReconciled(
        bytes32 indexed invoice,
        uint32 indexed community,
        int256 invoiced,
        int256 received,
        int256 difference,
        uint32 unsettled
    );

    /* ERRORS */

    /// @notice An invoice needs a document.
    error InvoiceMissing();

    /// @notice The invoice was recorded before.
    error AlreadyRecorded(bytes32 invoice);

    /// @notice No invoice of this document was recorded.
    error UnknownInvoice(bytes32 invoice);

    /// @notice A period begins and ends with intervals of its duration, has one at least, and is over.
    error InvalidPeriod(uint40 periodStart, uint40 periodEnd, uint24 duration);

    /// @notice The invoice's period was counted to its end.
    error AlreadyReconciled(bytes32 invoice);

    /// @notice The invoice was not counted to its end, so there is nothing to count again.
    error NothingToRecount(bytes32 invoice);

    /* FUNCTIONS */

    /// @notice Records an invoice. Only a reconciler, once.
    /// @param invoice Hash of the invoice's document, not 0.
    /// @param periodStart First second of the period, UTC.
    /// @param periodEnd First second after it, UTC.
    /// @param duration Seconds of an interval.
    /// @param amount 10^-8 EUR that the grid operator asks for; negative where it owes.
    function recordInvoice(
        bytes32 invoice,
        uint32 community,
        uint40 periodStart,
        uint40 periodEnd,
        uint24 duration,
        int128 amount
    ) external;

    /// @notice Counts the next `intervals` intervals of an invoice's period, or as many as are left. Only a reconciler.
    /// @dev Some 12,000 gas an interval that is settled.
    function reconcile(bytes32 invoice, uint32 intervals) external;

    /// @notice Begins to count again from the start, once all was counted: intervals may have been settled or corrected
    /// since. Only a reconciler.
    function recount(bytes32 invoice) external;

    /// @notice What the grid's account received for consecutive intervals: what anybody can compare for itself.
    /// @param first First second of the first interval, UTC.
    /// @param duration Seconds of an interval.
    /// @param intervals How many.
    /// @return received 10^-8 EUR; negative where it paid.
    /// @return unsettled How many of them are not settled.
    function receivedFor(uint32 community, uint40 first, uint24 duration, uint32 intervals)
        external
        view
        returns (int256 received, uint32 unsettled);

    /// @notice An invoice, and how far it was counted; all zero where there is none.
    /// @return community Number of the community.
    /// @return periodStart First second of the period, UTC.
    /// @return periodEnd First second after it, UTC.
    /// @return duration Seconds of an interval.
    /// @return countedUntil First second that was not counted yet, UTC; `periodEnd` where all are.
    /// @return unsettled Number of intervals found not settled.
    /// @return amount 10^-8 EUR invoiced.
    /// @return received 10^-8 EUR counted so far.
    function invoiceOf(bytes32 invoice)
        external
        view
        returns (
            uint32 community,
            uint40 periodStart,
            uint40 periodEnd,
            uint24 duration,
            uint40 countedUntil,
            uint32 unsettled,
            int128 amount,
            int128 received
        );
}
