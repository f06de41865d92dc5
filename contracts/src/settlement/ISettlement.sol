// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title ISettlement
/// @notice Settles traded against metered energy: trades at the local price, or as the market allocated them, and the
/// rest at the grid's tariff.
/// @dev Energy in Wh, prices in mct/kWh, money in 10^-8 EUR, which is exactly 1 Wh at 1 mct/kWh. For an account:
///
///     residual = (imported - exported) - (bought - sold)      Wh taken from (> 0) or fed into (< 0) the grid
///     payment  = trades + (residual > 0 ? retail : feedIn) * residual + fee rate * bought
///     trades   = price * (bought - sold) where all trade at one price, and the allocation's payment where not
///     delivered = min(sold, exported)
///     energy tokens = (exported - delivered) + certificates
///
/// Where the trades of an interval are annulled (`IDisputes`), it is settled without allocation, by positions that bought
/// and sold nothing: what was metered is exchanged with the grid. An interval that is disputed, or may still be, is not
/// settled.
///
/// The fee's account receives what buyers pay for it, and the grid's account the rest of the payments. The certificates of
/// all accounts add up to what was delivered, so that exactly one energy token is due for each Wh of attested export.
///
/// Checked are the sums over all positions, and, where the market recorded an allocation, each account's `bought`, `sold`
/// and payment for them. That `imported` and `exported` are what the account's own meters counted, and at one price that
/// `bought` and `sold` are its orders' shares, is the operator's statement, which the audit checks.
///
/// A pause stops settlements, and with them all moves of deposits and new certificates: intervals wait, for a
/// settlement has no deadline, and what holders have stays theirs to pass on, pay out or retire. Attestations go on.
interface ISettlement {
    /// @notice What one interval comes to.
    /// @param interval Which interval.
    /// @param priceHash Hash of the recorded price that the payments rest on.
    /// @param positions 24 big-endian bytes an account, accounts ascending: account, bought, sold, imported, exported,
    /// certificates (uint32 each).
    /// @param allocation The recorded allocation, 24 bytes a row as `AllocationLib` lays them out; empty where the market
    /// recorded none.
    /// @param gridPayment 10^-8 EUR that the grid's account receives.
    struct Statement {
        IntervalId interval;
        bytes32 priceHash;
        bytes positions;
        bytes allocation;
        int256 gridPayment;
    }

    /* EVENTS */

    /// @notice An interval was settled: the totals agree and tokens moved.
    /// @param positionsHash keccak256 of the packed positions.
    /// @param gridPayment 10^-8 EUR that the grid's account received; negative where it paid.
    /// @param fee 10^-8 EUR that the fee's account received.
    event IntervalSettled(
        IntervalId indexed interval,
        bytes32 indexed priceHash,
        bytes32 positionsHash,
        uint32 participants,
        int256 gridPayment,
        uint256 fee
    );

    /// @notice A settlement was replaced: the new totals agree, and the differences moved.
    /// @param correction How many there were for the interval, with this one.
    /// @param formerPositionsHash keccak256 of the positions that held before.
    /// @param positionsHash keccak256 of those that hold from now on.
    /// @param gridPayment 10^-8 EUR that the grid's account received in all.
    /// @param fee 10^-8 EUR that the fee's account received in all.
    event SettlementCorrected(
        IntervalId indexed interval,
        uint16 indexed correction,
        bytes32 formerPositionsHash,
        bytes32 positionsHash,
        uint32 participants,
        int256 gridPayment,
        uint256 fee
    );

    /// @notice A correction took certificates back that the account no longer had.
    /// @param amount Wh that were missing.
    /// @param debt Wh that the account owes from now on.
    event CertificatesOwed(uint32 indexed account, uint256 amount, uint256 debt);

    /// @notice Certificates were kept from what an account was due, for those that it owed.
    /// @param amount Wh that were kept.
    /// @param debt Wh that the account still owes.
    event CertificatesWithheld(uint32 indexed account, uint256 amount, uint256 debt);

    /// @notice A fee was announced, in place of those that would have begun with it or later.
    /// @param account Who receives it.
    /// @param rate mct/kWh bought locally.
    /// @param validFrom First second, UTC, of the intervals that it holds for.
    event FeeSet(uint32 indexed community, uint32 indexed account, uint16 rate, uint40 validFrom);

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

    /// @notice The positions' payments add up to `expected`, beside the fee.
    error MoneyUnbalanced(int256 expected, int256 got);

    /// @notice The certificates must add up to what sellers delivered.
    error CertificatesUnbalanced(uint64 expected, uint64 got);

    /// @notice Nobody receives certificates for more than it bought.
    error CertificatesExceedPurchase(uint256 index, uint32 bought, uint32 certificates);

    /// @notice Nothing was stated that could be settled.
    error StatementsMissing();

    /// @notice What is settled together is of one community.
    error CommunitiesDiffer(uint32 expected, uint32 got);

    /// @notice An interval that is not settled cannot be corrected.
    error NotSettled(IntervalId interval);

    /// @notice The time for corrections of the interval is over.
    error CorrectionTooLate(IntervalId interval, uint256 until);

    /// @notice The former positions are not those that hold.
    error FormerPositionsMismatch(bytes32 expected, bytes32 got);

    /// @notice The positions are those that hold already.
    error PositionsUnchanged(IntervalId interval);

    /// @notice A fee is at most `most` mct/kWh.
    error FeeTooHigh(uint16 rate, uint16 most);

    /// @notice The first interval of a fee starts at `earliest` or later.
    error FeeTooSoon(uint40 validFrom, uint256 earliest);

    /* SETTLING */

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

    /// @notice Settles several intervals of one community, each under the rules for one, and moves the tokens once: what
    /// each account pays and receives is added up over all of them. All or none are settled. Only the operator.
    function settleSeveral(Statement[] calldata statements) external;

    /* CORRECTING */

    /// @notice Replaces a settlement, after the metered totals changed or for a wrong statement, and moves the
    /// differences. The new positions are held to the rules of a settlement and to the totals of now. Only the operator,
    /// within `CORRECTION_SECONDS` of the interval's end.
    /// @dev Certificates taken back are burned as far as the account's wallet has them; the account owes the rest, and is
    /// issued so much less later. Money is moved as in a settlement: whoever pays must have it.
    /// @param statement What the interval comes to now; its allocation is the recorded one.
    /// @param formerPositions The positions that hold, packed.
    function correct(Statement calldata statement, bytes calldata formerPositions) external;

    /* FEES */

    /// @notice Announces what a community's buyers pay beside the price, from an interval on, in place of what would begin
    /// with it or later. Only the admin. What intervals before pay stays as it is.
    /// @param account Receives it, registered; any where the rate is 0.
    /// @param rate mct/kWh bought locally, at most `MAX_FEE`; 0 for none.
    /// @param validFrom First second, UTC, of the intervals that it holds for: at least `FEE_NOTICE_SECONDS` and the
    /// community's gate lead ahead, so that every book that it holds for stays open so long.
    function setFee(uint32 community, uint32 account, uint16 rate, uint40 validFrom) external;

    /* VIEWS */

    /// @notice What was settled for an interval, as it holds now; all zero where nothing was yet.
    /// @return priceHash Hash of the recorded price.
    /// @return positionsHash keccak256 of the packed positions.
    /// @return participants Number of positions.
    /// @return gridPayment 10^-8 EUR that the grid's account received.
    /// @return fee 10^-8 EUR that the fee's account received.
    /// @return corrections How often the settlement was replaced.
    function record(IntervalId interval)
        external
        view
        returns (
            bytes32 priceHash,
            bytes32 positionsHash,
            uint32 participants,
            int256 gridPayment,
            uint256 fee,
            uint16 corrections
        );

    /// @notice The fee of a community's interval that starts at `start`; both 0 where there is none.
    /// @return account Who receives it.
    /// @return rate mct/kWh bought locally.
    function feeAt(uint32 community, uint40 start) external view returns (uint32 account, uint16 rate);

    /// @notice Wh of certificates that an account owes after corrections.
    function certificateDebt(uint32 account) external view returns (uint256);

    /// @notice Wh of certificates that all accounts owe.
    function certificateDebts() external view returns (uint256);
}
