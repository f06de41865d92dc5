// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ADMIN_TRANSFER_DELAY} from "../governance/AdminDelay.sol";
import {IntervalId} from "../interval/IntervalLib.sol";
import {IMarket} from "../market/IMarket.sol";
import {ISubmittedOrders} from "../market/ISubmittedOrders.sol";
import {OrderLib} from "../market/OrderLib.sol";
import {IAgents} from "../registry/IAgents.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {BatchOpeningLib} from "./BatchOpeningLib.sol";
import {IDisputes} from "./IDisputes.sol";
import {ReceiptLib} from "./ReceiptLib.sol";

/// @title Disputes
/// @notice See `IDisputes`.
contract Disputes is IDisputes, AccessControlDefaultAdminRules {
    using BatchOpeningLib for BatchOpening;

    /// @notice May challenge without being a participant.
    bytes32 public constant AUDITOR_ROLE = keccak256("AUDITOR_ROLE");

    /// @notice May decide disputes.
    bytes32 public constant ARBITER_ROLE = keccak256("ARBITER_ROLE");

    /// @notice Seconds after the clearing in which challenges are taken, at least.
    uint256 public constant DISPUTE_SECONDS = 15 minutes;

    /// @notice Seconds in which a challenge is answered.
    uint256 public constant ANSWER_SECONDS = 1 hours;

    /// @notice Seconds that the arbiter has.
    uint256 public constant ARBITRATION_SECONDS = 30 days;

    /// @notice Challenges of one party to one interval. One that is upheld disputes it, so more are not needed, and each
    /// costs whoever answers a batch of calldata.
    uint256 public constant CHALLENGE_LIMIT = 5;

    bytes32 private constant MARKET_OPERATOR_ROLE = keccak256("OPERATOR_ROLE");

    /// @dev Two slots.
    struct Challenge {
        IntervalId interval;
        ChallengeKind kind;
        ChallengeStatus status;
        uint64 answerBy;
        uint32 batch;
        uint32 index;
        bytes32 digest;
    }

    /// @dev One slot.
    struct Dispute {
        DisputeStatus status;
        uint64 disputedAt;
        uint32 openChallenges;
    }

    IRegistry private immutable _registry;
    IMarket private immutable _market;
    IAgents private immutable _agents;
    ISubmittedOrders private immutable _submittedOrders;

    /// @inheritdoc IDisputes
    uint256 public challengeCount;

    /// @inheritdoc IDisputes
    mapping(uint256 challenge => Challenge) public challengeOf;

    /// @inheritdoc IDisputes
    mapping(IntervalId interval => Dispute) public disputeOf;

    /// @dev A party is an account, or the address of an auditor without one.
    mapping(IntervalId interval => mapping(uint160 party => uint256 challenges)) private _challengesBy;

    /// @param admin Receives the admin role, which grants every other.
    /// @param registry Whose wallets sign orders, and who takes part.
    /// @param market Whose books are disputed.
    /// @param agents Who else signs orders.
    /// @param submittedOrders Which orders nobody signed, since they were submitted on chain.
    constructor(address admin, IRegistry registry, IMarket market, IAgents agents, ISubmittedOrders submittedOrders)
        AccessControlDefaultAdminRules(ADMIN_TRANSFER_DELAY, admin)
    {
        _registry = registry;
        _market = market;
        _agents = agents;
        _submittedOrders = submittedOrders;
    }

    /* CHALLENGES */

    /// @inheritdoc IDisputes
    function challengeUnsigned(IntervalId interval, uint32 batch, uint32 index) external returns (uint256 challenge) {
        _requireChallengeable(interval);
        (,, uint32 batches) = _market.book(interval);
        if (batch >= batches) revert UnknownBatch(batch);
        return _open(interval, ChallengeKind.Unsigned, batch, index, 0);
    }

    /// @inheritdoc IDisputes
    function challengeMissing(IntervalId interval, OrderTerms calldata order, uint64 receivedAt, bytes calldata receipt)
        external
        returns (uint256 challenge)
    {
        _requireChallengeable(interval);
        bytes32 digest = _digestOf(interval, order);
        uint256 gate = _gateOf(interval);
        if (receivedAt >= gate) revert ReceivedTooLate(receivedAt, gate);
        (address signer,,) = ECDSA.tryRecover(ReceiptLib.digest(address(_market), digest, receivedAt), receipt);
        if (signer == address(0) || !IAccessControl(address(_market)).hasRole(MARKET_OPERATOR_ROLE, signer)) {
            revert InvalidReceipt(digest, signer);
        }
        return _open(interval, ChallengeKind.Missing, 0, 0, digest);
    }

    /// @inheritdoc IDisputes
    function proveDuplicate(
        IntervalId interval,
        BatchOpening calldata first,
        uint32 firstIndex,
        BatchOpening calldata second,
        uint32 secondIndex
    ) external {
        _requireChallengeable(interval);
        (uint32 firstBatch, bytes32 digest) = _orderAt(interval, first, firstIndex);
        (uint32 secondBatch, bytes32 other) = _orderAt(interval, second, secondIndex);
        bool samePlace = firstBatch == secondBatch && firstIndex == secondIndex;
        if (digest != other || samePlace) revert NotADuplicate(digest, other);
        _requireNotSubmittedAs(digest, firstBatch);
        _requireNotSubmittedAs(digest, secondBatch);
        emit DuplicateProven(interval, digest, firstBatch, firstIndex, secondBatch, secondIndex);
        _dispute(interval);
    }

    /* ANSWERS */

    /// @inheritdoc IDisputes
    function answerUnsigned(
        uint256 challenge,
        BatchOpening calldata opening,
        bytes calldata packed,
        OrderProof calldata proof
    ) external {
        Challenge storage entry = _requireAnswerable(challenge, ChallengeKind.Unsigned);
        uint32 batch = _numberOf(entry.interval, opening);
        if (batch != entry.batch) revert WrongBatch(entry.batch, batch);
        if (entry.index < opening.countOf()) _requireOwn(entry, opening, packed, proof);
        _answer(challenge, entry);
    }

    /// @inheritdoc IDisputes
    function answerMissing(uint256 challenge, BatchOpening calldata opening, uint32 index) external {
        Challenge storage entry = _requireAnswerable(challenge, ChallengeKind.Missing);
        (, bytes32 digest) = _orderAt(entry.interval, opening, index);
        if (digest != entry.digest) revert AnotherOrder(entry.digest, digest);
        _answer(challenge, entry);
    }

    /// @inheritdoc IDisputes
    function answerWithdrawn(uint256 challenge, OrderTerms calldata order, uint40 signedAt, bytes calldata signature)
        external
    {
        Challenge storage entry = _requireAnswerable(challenge, ChallengeKind.Missing);
        bytes32 digest = _digestOf(entry.interval, order);
        if (digest != entry.digest) revert AnotherOrder(entry.digest, digest);
        _requireSigned(
            entry.interval, order, ReceiptLib.withdrawalDigest(address(_market), digest), signedAt, signature
        );
        _answer(challenge, entry);
    }

    /* DECISIONS */

    /// @inheritdoc IDisputes
    function uphold(uint256 challenge) external {
        Challenge storage entry = _requireOpen(challenge);
        if (block.timestamp < entry.answerBy) revert AnswerNotDue(challenge, entry.answerBy, block.timestamp);
        IntervalId interval = entry.interval;
        entry.status = ChallengeStatus.Upheld;
        disputeOf[interval].openChallenges -= 1;
        emit ChallengeUpheld(challenge, interval);
        if (disputeOf[interval].status == DisputeStatus.None) _dispute(interval);
    }

    /// @inheritdoc IDisputes
    function dismiss(IntervalId interval, bytes32 document) external onlyRole(ARBITER_ROLE) {
        _requireDisputed(interval);
        if (document == 0) revert DecisionMissing();
        disputeOf[interval].status = DisputeStatus.Dismissed;
        emit DisputeDismissed(interval, document);
    }

    /// @inheritdoc IDisputes
    function annul(IntervalId interval, bytes32 document) external onlyRole(ARBITER_ROLE) {
        _requireDisputed(interval);
        if (document == 0) revert DecisionMissing();
        _annul(interval, document);
    }

    /// @inheritdoc IDisputes
    function expire(IntervalId interval) external {
        _requireDisputed(interval);
        uint256 until = disputeOf[interval].disputedAt + ARBITRATION_SECONDS;
        if (block.timestamp < until) revert ArbitrationNotOver(interval, until, block.timestamp);
        _annul(interval, 0);
    }

    /* VIEWS */

    /// @inheritdoc IDisputes
    function requireSettleable(IntervalId interval) external view returns (bool annulled) {
        Dispute memory entry = disputeOf[interval];
        if (entry.status == DisputeStatus.Disputed) revert DisputeUndecided(interval);
        // What the arbiter decided holds for what is challenged beside it as well.
        if (entry.status != DisputeStatus.None) return entry.status == DisputeStatus.Annulled;
        if (entry.openChallenges != 0) revert DisputeOpen(interval, entry.openChallenges);
        uint256 until = windowEnd(interval);
        if (block.timestamp < until) revert DisputeWindowOpen(interval, until, block.timestamp);
        return false;
    }

    /// @inheritdoc IDisputes
    function windowEnd(IntervalId interval) public view returns (uint64) {
        uint64 clearedAt = _market.clearedAt(interval);
        if (clearedAt == 0) return 0;
        uint64 least = clearedAt + uint64(DISPUTE_SECONDS);
        uint64 end = interval.end();
        return least > end ? least : end;
    }

    /* INTERNAL */

    /// @dev Reverts unless the interval's book is posted, its window open and nothing decided.
    function _requireChallengeable(IntervalId interval) private view {
        (IMarket.ClearingStatus status,,,,,) = _market.priceRecord(interval);
        if (status != IMarket.ClearingStatus.Cleared && status != IMarket.ClearingStatus.NoTrade) {
            revert BookNotOpened(interval);
        }
        uint256 until = windowEnd(interval);
        if (block.timestamp >= until) revert DisputeWindowClosed(interval, until, block.timestamp);
        if (disputeOf[interval].status != DisputeStatus.None) revert AlreadyDisputed(interval);
    }

    /// @dev Who challenges: an active participant's account, or an auditor's address, which no account's number is.
    function _challenger() private view returns (uint160 party) {
        uint32 account = _registry.accountOf(msg.sender);
        if (account != 0) {
            (,,, bool active) = _registry.participant(account);
            if (active) return account;
        }
        if (!hasRole(AUDITOR_ROLE, msg.sender)) revert NotAChallenger(msg.sender);
        return uint160(msg.sender);
    }

    function _open(IntervalId interval, ChallengeKind kind, uint32 batch, uint32 index, bytes32 digest)
        private
        returns (uint256 challenge)
    {
        uint160 party = _challenger();
        uint256 challenges = _challengesBy[interval][party];
        if (challenges == CHALLENGE_LIMIT) revert TooManyChallenges(interval, CHALLENGE_LIMIT);
        _challengesBy[interval][party] = challenges + 1;
        disputeOf[interval].openChallenges += 1;
        challenge = ++challengeCount;
        uint64 answerBy = uint64(block.timestamp + ANSWER_SECONDS);
        challengeOf[challenge] = Challenge(interval, kind, ChallengeStatus.Open, answerBy, batch, index, digest);
        emit ChallengeOpened(challenge, interval, msg.sender, kind, batch, index, digest, answerBy);
    }

    function _requireOpen(uint256 challenge) private view returns (Challenge storage entry) {
        entry = challengeOf[challenge];
        if (entry.status != ChallengeStatus.Open) revert ChallengeNotOpen(challenge);
    }

    function _requireAnswerable(uint256 challenge, ChallengeKind kind) private view returns (Challenge storage entry) {
        entry = _requireOpen(challenge);
        if (entry.kind != kind) revert WrongKind(challenge, entry.kind);
        if (block.timestamp >= entry.answerBy) revert AnswerTooLate(challenge, entry.answerBy, block.timestamp);
    }

    function _answer(uint256 challenge, Challenge storage entry) private {
        IntervalId interval = entry.interval;
        entry.status = ChallengeStatus.Answered;
        disputeOf[interval].openChallenges -= 1;
        emit ChallengeAnswered(challenge, interval);
    }

    function _dispute(IntervalId interval) private {
        disputeOf[interval].status = DisputeStatus.Disputed;
        disputeOf[interval].disputedAt = uint64(block.timestamp);
        emit IntervalDisputed(interval);
    }

    function _requireDisputed(IntervalId interval) private view {
        if (disputeOf[interval].status != DisputeStatus.Disputed) revert NotDisputed(interval);
    }

    function _annul(IntervalId interval, bytes32 document) private {
        disputeOf[interval].status = DisputeStatus.Annulled;
        emit TradesAnnulled(interval, document);
    }

    /// @dev The number of a batch; reverts unless it is one of the interval's book.
    function _numberOf(IntervalId interval, BatchOpening calldata opening) private view returns (uint32) {
        (bytes32 commitment,, uint32 batches) = _market.book(interval);
        return opening.numberIn(commitment, batches);
    }

    /// @dev The number of a batch, and the digest of its order at `index`.
    function _orderAt(IntervalId interval, BatchOpening calldata opening, uint32 index)
        private
        view
        returns (uint32 batch, bytes32 digest)
    {
        batch = _numberOf(interval, opening);
        return (batch, opening.digestAt(batch, index));
    }

    /// @dev Reverts unless the order at a challenged place is its account's own.
    function _requireOwn(
        Challenge storage entry,
        BatchOpening calldata opening,
        bytes calldata packed,
        OrderProof calldata proof
    ) private view {
        bytes32 packedHash = keccak256(packed);
        if (packedHash != opening.packedHash) revert PackedOrdersMismatch(opening.packedHash, packedHash);
        OrderTerms memory order = _unpack(packed, entry.index, proof.salt);
        bytes32 digest = opening.digestAt(entry.batch, entry.index);
        bytes32 expected = _digestOf(entry.interval, order);
        if (digest != expected) revert OrderDigestMismatch(digest, expected);
        if (!_isSubmittedAs(digest, entry.batch)) {
            _requireSigned(entry.interval, order, digest, proof.signedAt, proof.signature);
        }
    }

    /// @dev Reverts unless the account's wallet or agent signed before the gate.
    function _requireSigned(
        IntervalId interval,
        OrderTerms memory order,
        bytes32 digest,
        uint40 signedAt,
        bytes calldata signature
    ) private view {
        uint256 gate = _gateOf(interval);
        if (signedAt >= gate) revert SignedTooLate(signedAt, gate);
        (address signer,,) = ECDSA.tryRecover(digest, signature);
        bool own = signer != address(0)
            && (_registry.walletAt(order.account, signedAt) == signer
                || _agents.permits(order.account, signer, signedAt, order.side, order.quantity, order.price));
        if (!own) revert NotTheAccountsOrder(order.account, signer, signedAt);
    }

    /// @dev The order at a place of a batch, which is one of a posted book and so of whole and well-formed orders.
    function _unpack(bytes calldata packed, uint32 index, uint128 salt) private pure returns (OrderTerms memory) {
        uint256 from = uint256(index) * OrderLib.PACKED_BYTES;
        uint96 order = uint96(bytes12(packed[from:from + OrderLib.PACKED_BYTES]));
        uint32 quantity = uint32(OrderLib.quantityOf(order));
        return OrderTerms(OrderLib.accountOf(order), OrderLib.sideOf(order), quantity, OrderLib.priceOf(order), salt);
    }

    function _digestOf(IntervalId interval, OrderTerms memory order) private view returns (bytes32) {
        return _market.orderDigest(interval, order.account, order.side, order.quantity, order.price, order.salt);
    }

    function _requireNotSubmittedAs(bytes32 digest, uint32 batch) private view {
        if (_isSubmittedAs(digest, batch)) revert SubmittedByOwner(digest, batch);
    }

    /// @dev Whether the order's owner submitted it on chain as this batch.
    function _isSubmittedAs(bytes32 digest, uint32 batch) private view returns (bool) {
        // Compared with 256 bits, so that no batch's number overflows.
        return _submittedOrders.submittedAs(digest) == uint256(batch) + 1;
    }

    function _gateOf(IntervalId interval) private view returns (uint256) {
        (, uint32 lead,) = _market.community(interval.community());
        return interval.gate(lead);
    }
}
