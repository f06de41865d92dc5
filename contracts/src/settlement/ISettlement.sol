// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title ISettlement
/// @notice Settles traded against metered energy: trades at the local price, or as the market allocated them, and the
/// rest at the grid's tariff.
/// @dev Energy in Wh, prices in mct/kWh, money in 10^-8 EUR, which is exactly 1 Wh at 1 mct/kWh. For an account:
///
///     residual = (imported - exported) - (bought - sold)      Wh taken from (> 0) or fed into (< 0) the grid
///     payment  = trades + (residual > 0 ? retail : feedIn) * residual
///     trades   = price * (bought - sold) where all trade at one price, and the allocation's payment where not
///     delivered = min(sold, exported)
///     energy tokens = (exported - delivered) + certificates
///
/// The grid's account receives the sum of the payments. The certificates of all accounts add up to what was delivered,
/// so that exactly one energy token is issued for each Wh of attested export.
///
/// Checked are the sums over all positions, and, where the market recorded an allocation, each account's `bought`, `sold`
/// and payment for them. That `imported` and `exported` are what the account's own meters counted, and at one price that
/// `bought` and `sold` are its orders' shares, is the operator's statement, which the audit checks.
interface ISettlement {
    /* EVENTS */

    /// @notice An interval was settled: the totals agree and tokens moved.
    /// @param positionsHash keccak256 of the packed positions.
    /// @param gridPayment 10^-8 EUR that the grid's account received; negative where it paid.
    event IntervalSettled(
        IntervalId indexed interval,
        bytes32 indexed priceHash,
        bytes32 positionsHash,
        uint32 participants,
        int256 gridPayment
    );

    /* ERRORS */

    /// @notice An interval is settled once.
    error AlreadySettled(IntervalId interval);

    /// @notice An interval without a recorded price cannot be settled.
    error NotCleared(IntervalId interval);

    /// @notice The settlement refers to another price than the recorded one.
    error PriceHashMismatch(bytes32 expected, bytes32 got);

    /// @notice The market recorded an allocation for the interval, which its settlement must rest on.
    error AllocationMissing(IntervalId interval);

    /// @notice The allocation is another than the recorded one; `expected` is 0 where the market recorded none.
    error AllocationHashMismatch(bytes32 expected, bytes32 got);

    /// @notice The account's row in the allocation, or its absence, says another energy than its position, or its
    /// absence.
    error AllocationMismatch(
        uint32 account, uint32 boughtExpected, uint32 boughtGot, uint32 soldExpected, uint32 soldGot
    );

    /// @notice Packed positions are 24 bytes each.
    error InvalidPositions(uint256 length);

    /// @notice Accounts ascend strictly, from 1.
    error PositionsNotAscending(uint256 index);

    /// @notice The grid's account takes the other side of every residual and has no position of its own.
    error GridAccountInPositions(uint32 account);

    /// @notice As much as the recorded volume must be bought, and sold.
    error TradedEnergyUnbalanced(uint64 volume, uint64 bought, uint64 sold);

    /// @notice The positions' metered energy must be what the gateways attested.
    error MeteredTotalsMismatch(
        uint64 importedExpected, uint64 importedGot, uint64 exportedExpected, uint64 exportedGot
    );

    /// @notice The positions' payments add up to `expected`.
    error MoneyUnbalanced(int256 expected, int256 got);

    /// @notice The certificates must add up to what sellers delivered.
    error CertificatesUnbalanced(uint64 expected, uint64 got);

    /// @notice Nobody receives certificates for more than it bought.
    error CertificatesExceedPurchase(uint256 index, uint32 bought, uint32 certificates);

    /* FUNCTIONS */

    /// @notice Settles an interval in which all trade at one price, or nothing traded, and moves the tokens. Only the
    /// operator, once, after the interval's end.
    /// @param priceHash Hash of the recorded price that the payments rest on.
    /// @param positions 24 big-endian bytes an account, accounts ascending: account, bought, sold, imported, exported,
    /// certificates (uint32 each).
    /// @param gridPayment 10^-8 EUR that the grid's account receives.
    function settle(IntervalId interval, bytes32 priceHash, bytes calldata positions, int256 gridPayment) external;

    /// @notice Settles an interval whose allocation the market recorded, and moves the tokens. Only the operator, once,
    /// after the interval's end.
    /// @param priceHash Hash of the recorded price.
    /// @param positions As of `settle`; an account buys and sells what its row says, and nothing without a row.
    /// @param allocation The recorded allocation, 24 bytes a row as `AllocationLib` lays them out.
    /// @param gridPayment 10^-8 EUR that the grid's account receives.
    function settleAllocated(
        IntervalId interval,
        bytes32 priceHash,
        bytes calldata positions,
        bytes calldata allocation,
        int256 gridPayment
    ) external;

    /// @notice What was settled for an interval; all zero where nothing was yet.
    function record(IntervalId interval)
        external
        view
        returns (bytes32 priceHash, bytes32 positionsHash, uint32 participants, int256 gridPayment);
}
