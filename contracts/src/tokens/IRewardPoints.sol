// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IRewardPoints
/// @notice Points for what a participant did for its community, such as a response to a flexibility request, exchanged
/// for vouchers. An ERC-20 token with no decimals that cannot be passed on: wallets show it, nobody can sell it.
/// @dev A reward is known by its holder and the hash of the document of its reason, so that nobody is rewarded for the
/// same reason twice. What is reversed of it is a new entry, and never more than it gave.
///
/// A redemption goes
///
///     Requested -> Issued -> Confirmed     the points end
///        |           '-> Cancelled         the points return
///        '-> Cancelled or Expired          the points return
///
/// and holds its points in this contract meanwhile. Nobody has to act for it to end: what is not issued in time, anybody
/// can return; what is issued and not confirmed in time counts as confirmed, which anybody can record.
///
/// A pause stops rewards and new redemptions. It stops no step of a redemption that was requested.
interface IRewardPoints is IERC20 {
    enum RedemptionStatus {
        None,
        Requested,
        Issued,
        Confirmed,
        Cancelled,
        Expired
    }

    /* EVENTS */

    /// @notice A participant received points.
    /// @param reason Hash of the document that says what for.
    event Rewarded(address indexed holder, bytes32 indexed reason, uint256 points);

    /// @notice Points of a reward were taken back.
    /// @param reason Reason of the reward.
    /// @param correction Hash of the document that says why.
    event RewardReversed(address indexed holder, bytes32 indexed reason, uint256 points, bytes32 indexed correction);

    /// @notice A holder exchanges points for a voucher.
    /// @param offer Hash of the offer that it chose.
    /// @param expiresAt Second, UTC, from which on no voucher can be issued, and anybody can return the points.
    event PointsExchanged(
        uint256 indexed redemption, address indexed holder, uint256 points, bytes32 indexed offer, uint40 expiresAt
    );

    /// @notice The voucher was issued.
    /// @param voucher Hash of the voucher, which the holder received.
    /// @param expiresAt Second, UTC, from which on it counts as confirmed.
    event VoucherIssued(uint256 indexed redemption, address indexed holder, bytes32 indexed voucher, uint40 expiresAt);

    /// @notice The holder has its voucher, and the points ended.
    /// @param byHolder Whether the holder said so; else its time to object is over.
    event VoucherConfirmed(uint256 indexed redemption, address indexed holder, uint256 points, bool byHolder);

    /// @notice There is no voucher, or it was withdrawn; the points are back with the holder.
    /// @param reason Hash of the document that says why.
    event RedemptionCancelled(uint256 indexed redemption, address indexed holder, uint256 points, bytes32 reason);

    /// @notice No voucher was issued in time; the points are back with the holder.
    event RedemptionExpired(uint256 indexed redemption, address indexed holder, uint256 points);

    /* ERRORS */

    /// @notice Points stay with whom they were given to.
    error PointsNotTransferable();

    /// @notice A reward, its reversal and a voucher need a document.
    error ReasonMissing();

    /// @notice The holder was rewarded for this reason already.
    error AlreadyRewarded(address holder, bytes32 reason);

    /// @notice Of the reward only `rest` is left to reverse; 0 where there was none.
    error RewardReversalExceedsRest(address holder, bytes32 reason, uint256 points, uint256 rest);

    /// @notice The voucher was issued for another redemption.
    error VoucherUsed(bytes32 voucher);

    /// @notice Nothing is no number of points.
    error PointsAreZero();

    /// @notice The step needs a redemption in another state; `status` is None where there is no such redemption.
    error RedemptionNotInState(uint256 redemption, RedemptionStatus expected, RedemptionStatus status);

    /// @notice The redemption has no points any more that could return.
    error RedemptionClosed(uint256 redemption, RedemptionStatus status);

    /// @notice The time for the step is over.
    error RedemptionOverdue(uint256 redemption, uint256 expiresAt);

    /// @notice There is still time for the step that was not done.
    error RedemptionNotOverdue(uint256 redemption, uint256 expiresAt);

    /// @notice Only the holder confirms that it has its voucher.
    error NotTheHolder(uint256 redemption, address caller);

    /* REWARDS */

    /// @notice Gives points for a documented reason, once a holder and reason. Only a rewarder, not while paused.
    /// @param reason Hash of the document that says what for, not 0. Several holders may share it.
    function reward(address holder, uint256 points, bytes32 reason) external;

    /// @notice Takes points of a reward back, at most its rest and what the holder has. Only a rewarder.
    /// @param reason Reason of the reward.
    /// @param correction Hash of the document that says why, not 0.
    function reverseReward(address holder, bytes32 reason, uint256 points, bytes32 correction) external;

    /* VOUCHERS */

    /// @notice Exchanges points of the caller's own for a voucher. They are set aside at once. Not while paused.
    /// @param offer Hash of the offer that the voucher is for.
    /// @return redemption Number of the redemption, from 1.
    function redeem(uint256 points, bytes32 offer) external returns (uint256 redemption);

    /// @notice Records the voucher that the holder received. Only a voucher issuer, within `ISSUE_SECONDS`.
    /// @param voucher Hash of the voucher, not used before and not 0. It must not be guessed: hash a random secret, too.
    function issueVoucher(uint256 redemption, bytes32 voucher) external;

    /// @notice Ends the points of an issued voucher. Only its holder.
    function confirmVoucher(uint256 redemption) external;

    /// @notice Ends the points of a voucher whose holder did not confirm it within `CONFIRM_SECONDS`. Anybody.
    function closeVoucher(uint256 redemption) external;

    /// @notice Returns the points because there is no voucher, or the one issued is withdrawn. Only a voucher issuer.
    /// @param reason Hash of the document that says why.
    function cancelRedemption(uint256 redemption, bytes32 reason) external;

    /// @notice Returns the points of a redemption without voucher after `ISSUE_SECONDS`. Anybody.
    function expireRedemption(uint256 redemption) external;

    /* VIEWS */

    /// @notice What a holder was given for a reason, and how much of it was taken back.
    function rewardOf(address holder, bytes32 reason) external view returns (uint128 given, uint128 reversed);

    /// @notice A redemption; all zero where there is none of that number.
    /// @return holder Who exchanged the points.
    /// @return expiresAt Second, UTC, at which the time for the next step is over.
    /// @return status Where it stands.
    /// @return points How many.
    /// @return voucher Hash of the voucher; 0 before one is issued.
    function redemptionOf(uint256 redemption)
        external
        view
        returns (address holder, uint40 expiresAt, RedemptionStatus status, uint256 points, bytes32 voucher);

    /// @notice How many redemptions were ever requested; they are numbered from 1.
    function redemptionCount() external view returns (uint256);
}
