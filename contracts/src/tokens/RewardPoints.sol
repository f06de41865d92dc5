// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {EmergencyPause} from "../governance/EmergencyPause.sol";
import {IRewardPoints} from "./IRewardPoints.sol";

/// @title RewardPoints
/// @notice See `IRewardPoints`.
contract RewardPoints is IRewardPoints, ERC20, EmergencyPause {
    /// @notice May give points, and take back what was given.
    bytes32 public constant REWARDER_ROLE = keccak256("REWARDER_ROLE");

    /// @notice May issue vouchers and cancel redemptions.
    bytes32 public constant VOUCHER_ROLE = keccak256("VOUCHER_ROLE");

    /// @notice Seconds from the exchange within which a voucher can be issued.
    uint40 public constant ISSUE_SECONDS = 7 days;

    /// @notice Seconds from the issue of a voucher after which it counts as confirmed.
    uint40 public constant CONFIRM_SECONDS = 14 days;

    /// @dev One slot.
    struct Reward {
        uint128 given;
        uint128 reversed;
    }

    /// @dev Three slots.
    struct Redemption {
        address holder;
        uint40 expiresAt;
        RedemptionStatus status;
        uint256 points;
        bytes32 voucher;
    }

    /// @inheritdoc IRewardPoints
    mapping(address holder => mapping(bytes32 reason => Reward)) public rewardOf;

    /// @inheritdoc IRewardPoints
    mapping(uint256 redemption => Redemption) public redemptionOf;

    /// @inheritdoc IRewardPoints
    uint256 public redemptionCount;

    mapping(bytes32 voucher => bool) private _issued;

    /// @param admin Receives the admin role, which grants every other.
    constructor(address admin) ERC20("Commonwatt Points", "cwPTS") EmergencyPause(admin) {}

    /* REWARDS */

    /// @inheritdoc IRewardPoints
    function reward(address holder, uint256 points, bytes32 reason) external onlyRole(REWARDER_ROLE) whenNotPaused {
        _requirePoints(points);
        if (reason == 0) revert ReasonMissing();
        if (rewardOf[holder][reason].given != 0) revert AlreadyRewarded(holder, reason);
        if (holder == address(this)) revert ERC20InvalidReceiver(holder);
        rewardOf[holder][reason].given = SafeCast.toUint128(points);
        _mint(holder, points);
        emit Rewarded(holder, reason, points);
    }

    /// @inheritdoc IRewardPoints
    function reverseReward(address holder, bytes32 reason, uint256 points, bytes32 correction)
        external
        onlyRole(REWARDER_ROLE)
    {
        _requirePoints(points);
        if (correction == 0) revert ReasonMissing();
        Reward storage entry = rewardOf[holder][reason];
        uint256 rest = entry.given - entry.reversed;
        if (points > rest) revert RewardReversalExceedsRest(holder, reason, points, rest);
        // At most the rest, which has 128 bits.
        entry.reversed += uint128(points);
        _burn(holder, points);
        emit RewardReversed(holder, reason, points, correction);
    }

    /* VOUCHERS */

    /// @inheritdoc IRewardPoints
    function redeem(uint256 points, bytes32 offer) external whenNotPaused returns (uint256 redemption) {
        _requirePoints(points);
        redemption = ++redemptionCount;
        uint40 expiresAt = uint40(block.timestamp) + ISSUE_SECONDS;
        redemptionOf[redemption] = Redemption(msg.sender, expiresAt, RedemptionStatus.Requested, points, 0);
        _transfer(msg.sender, address(this), points);
        emit PointsExchanged(redemption, msg.sender, points, offer, expiresAt);
    }

    /// @inheritdoc IRewardPoints
    function issueVoucher(uint256 redemption, bytes32 voucher) external onlyRole(VOUCHER_ROLE) {
        Redemption storage entry = _inState(redemption, RedemptionStatus.Requested);
        if (block.timestamp >= entry.expiresAt) revert RedemptionOverdue(redemption, entry.expiresAt);
        if (voucher == 0) revert ReasonMissing();
        if (_issued[voucher]) revert VoucherUsed(voucher);
        _issued[voucher] = true;
        entry.status = RedemptionStatus.Issued;
        entry.expiresAt = uint40(block.timestamp) + CONFIRM_SECONDS;
        entry.voucher = voucher;
        emit VoucherIssued(redemption, entry.holder, voucher, entry.expiresAt);
    }

    /// @inheritdoc IRewardPoints
    function confirmVoucher(uint256 redemption) external {
        Redemption storage entry = _inState(redemption, RedemptionStatus.Issued);
        if (msg.sender != entry.holder) revert NotTheHolder(redemption, msg.sender);
        _confirm(redemption, entry, true);
    }

    /// @inheritdoc IRewardPoints
    function closeVoucher(uint256 redemption) external {
        Redemption storage entry = _inState(redemption, RedemptionStatus.Issued);
        if (block.timestamp < entry.expiresAt) revert RedemptionNotOverdue(redemption, entry.expiresAt);
        _confirm(redemption, entry, false);
    }

    /// @inheritdoc IRewardPoints
    function cancelRedemption(uint256 redemption, bytes32 reason) external onlyRole(VOUCHER_ROLE) {
        Redemption storage entry = redemptionOf[redemption];
        RedemptionStatus status = entry.status;
        if (status != RedemptionStatus.Requested && status != RedemptionStatus.Issued) {
            revert RedemptionClosed(redemption, status);
        }
        _giveBack(entry, RedemptionStatus.Cancelled);
        emit RedemptionCancelled(redemption, entry.holder, entry.points, reason);
    }

    /// @inheritdoc IRewardPoints
    function expireRedemption(uint256 redemption) external {
        Redemption storage entry = _inState(redemption, RedemptionStatus.Requested);
        if (block.timestamp < entry.expiresAt) revert RedemptionNotOverdue(redemption, entry.expiresAt);
        _giveBack(entry, RedemptionStatus.Expired);
        emit RedemptionExpired(redemption, entry.holder, entry.points);
    }

    /* NOT TRANSFERABLE */

    /// @notice Refused always.
    function transfer(address, uint256) public pure override(ERC20, IERC20) returns (bool) {
        revert PointsNotTransferable();
    }

    /// @notice Refused always.
    function transferFrom(address, address, uint256) public pure override(ERC20, IERC20) returns (bool) {
        revert PointsNotTransferable();
    }

    /// @notice Refused always: there is nothing that another address could do with points.
    function approve(address, uint256) public pure override(ERC20, IERC20) returns (bool) {
        revert PointsNotTransferable();
    }

    /* VIEWS */

    /// @notice 0: points are whole.
    function decimals() public pure override returns (uint8) {
        return 0;
    }

    /// @notice ERC-165: ERC-20 with its names, `IRewardPoints`, AccessControl.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC20).interfaceId || interfaceId == type(IERC20Metadata).interfaceId
            || interfaceId == type(IRewardPoints).interfaceId || super.supportsInterface(interfaceId);
    }

    /* INTERNAL */

    function _confirm(uint256 redemption, Redemption storage entry, bool byHolder) private {
        entry.status = RedemptionStatus.Confirmed;
        _burn(address(this), entry.points);
        emit VoucherConfirmed(redemption, entry.holder, entry.points, byHolder);
    }

    function _giveBack(Redemption storage entry, RedemptionStatus status) private {
        entry.status = status;
        _transfer(address(this), entry.holder, entry.points);
    }

    function _inState(uint256 redemption, RedemptionStatus expected) private view returns (Redemption storage entry) {
        entry = redemptionOf[redemption];
        if (entry.status != expected) revert RedemptionNotInState(redemption, expected, entry.status);
    }

    function _requirePoints(uint256 points) private pure {
        if (points == 0) revert PointsAreZero();
    }
}
