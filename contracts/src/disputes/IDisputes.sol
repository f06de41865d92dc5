// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title IDisputes
/// @notice Challenges to the posted book of a cleared interval, before it is settled.
/// @dev Prices and volumes of a book are proven; that the book holds the orders that were given, and no others, is the
/// operator's word. Here it is taken at its word. Times are seconds, UTC; energy in Wh, prices in mct/kWh.
///
/// A challenge asks for one answer, which anybody can give who has the data:
///
///     kind       the challenger names              the answer shows
///     unsigned   a place: batch and index in it    the order there, and that its account's wallet or agent signed it
///                                                  before the gate, or that it was submitted on chain as this batch;
///                                                  or that the batch has no such place
///     missing    an order and the operator's       the order's digest at a place of the book, or that its account took
///                receipt for it, before the gate   it back before the gate
///
/// That an order is in the book twice needs no answer: `proveDuplicate` shows both places.
///
/// Challenges are taken from the clearing until `windowEnd`. Until then, and while a challenge is open, the interval is not
/// settled. One that nobody answers in time disputes the interval. The arbiter dismisses that, and the interval is settled
/// as posted, or annuls its trades, and it is settled as if nothing had been traded. Where the arbiter decides nothing for
/// `ARBITRATION_SECONDS`, anybody ends the dispute, which annuls the trades.
///
/// A batch is a place in the chain of batches that `IMarket` defines; batches and indexes count from 0.
interface IDisputes {
    /// @notice What is challenged.
    enum ChallengeKind {
        None,
        Unsigned,
        Missing
    }

    /// @notice How far a challenge has come.
    enum ChallengeStatus {
        None,
        Open,
        Answered,
        Upheld
    }

    /// @notice Whether an interval is disputed, and what became of it.
    enum DisputeStatus {
        None,
        Disputed,
        Dismissed,
        Annulled
    }

    /// @notice A batch of the book, and what proves that it is.
    struct BatchOpening {
        /// The book's commitment before this batch; 0 for the first.
        bytes32 before;
        /// keccak256 of the batch's packed orders; of a link without orders, its commitment.
        bytes32 packedHash;
        /// EIP-712 digests of its orders, 32 bytes each.
        bytes digests;
        /// The batches behind it, 36 bytes each: commitment, number of orders (uint32).
        bytes later;
    }

    /// @notice An order as its owner signs it, but for the interval.
    struct OrderTerms {
        uint32 account;
        /// 0 bid, 1 offer.
        uint8 side;
        /// Wh.
        uint32 quantity;
        /// Limit, mct/kWh.
        int32 price;
        uint128 salt;
    }

    /// @notice What shows that an order is its account's.
    struct OrderProof {
        uint128 salt;
        /// Second at which the signer was the account's wallet or agent, before the gate.
        uint40 signedAt;
        /// 65 bytes over the order's EIP-712 digest; not read where the order was submitted on chain.
        bytes signature;
    }

    /* EVENTS */

    /// @notice Somebody challenges a book, to be answered before second `answerBy`.
    /// @param batch Place that is challenged; 0 where an order is missing.
    /// @param index Likewise.
    /// @param digest The missing order's; 0 where a place is challenged.
    event ChallengeOpened(
        uint256 indexed challenge,
        IntervalId indexed interval,
        address indexed challenger,
        ChallengeKind kind,
        uint32 batch,
        uint32 index,
        bytes32 digest,
        uint64 answerBy
    );

    /// @notice The book is right in this.
    event ChallengeAnswered(uint256 indexed challenge, IntervalId indexed interval);

    /// @notice Nobody answered in time.
    event ChallengeUpheld(uint256 indexed challenge, IntervalId indexed interval);

    /// @notice An order is in a book at two places, at least one of which is not its owner's doing.
    event DuplicateProven(
        IntervalId indexed interval,
        bytes32 indexed digest,
        uint32 firstBatch,
        uint32 firstIndex,
        uint32 secondBatch,
        uint32 secondIndex
    );

    /// @notice An interval is disputed, and waits for the arbiter.
    event IntervalDisputed(IntervalId indexed interval);

    /// @notice An interval is settled as posted. `document` is the hash of the arbiter's decision.
    event DisputeDismissed(IntervalId indexed interval, bytes32 document);

    /// @notice An interval is settled without trades. `document` is the hash of the arbiter's decision, 0 where there was
    /// none in time.
    event TradesAnnulled(IntervalId indexed interval, bytes32 document);

    /* ERRORS */

    /// @notice Active participants and auditors challenge.
    error NotAChallenger(address caller);

    /// @notice A party challenges an interval so often, answered challenges included.
    error TooManyChallenges(IntervalId interval, uint256 limit);

    /// @notice The interval is not cleared, or not from its book.
    error BookNotOpened(IntervalId interval);

    /// @notice Challenges were taken before second `until`; now is `time`.
    error DisputeWindowClosed(IntervalId interval, uint256 until, uint256 time);

    /// @notice The interval is settled from second `until` on; now is `time`.
    error DisputeWindowOpen(IntervalId interval, uint256 until, uint256 time);

    /// @notice So many challenges to the interval wait for an answer, or to be upheld.
    error DisputeOpen(IntervalId interval, uint32 challenges);

    /// @notice The interval is disputed, or was: it is for the arbiter.
    error AlreadyDisputed(IntervalId interval);

    /// @notice The interval waits for the arbiter.
    error DisputeUndecided(IntervalId interval);

    /// @notice The interval is not disputed, or is no more.
    error NotDisputed(IntervalId interval);

    /// @notice The arbiter has until second `until`; now is `time`.
    error ArbitrationNotOver(IntervalId interval, uint256 until, uint256 time);

    /// @notice A decision has a document.
    error DecisionMissing();

    /// @notice The book has no batch of this number.
    error UnknownBatch(uint32 batch);

    /// @notice There is no such challenge, or it is answered or upheld.
    error ChallengeNotOpen(uint256 challenge);

    /// @notice The challenge is of another kind, `kind`.
    error WrongKind(uint256 challenge, ChallengeKind kind);

    /// @notice Answers were taken before second `answerBy`; now is `time`.
    error AnswerTooLate(uint256 challenge, uint256 answerBy, uint256 time);

    /// @notice The answer is not due before second `answerBy`; now is `time`.
    error AnswerNotDue(uint256 challenge, uint256 answerBy, uint256 time);

    /// @notice A receipt is the signature of an operator of the market (`recovered` is 0 where it is malformed).
    error InvalidReceipt(bytes32 digest, address recovered);

    /// @notice The order was received at or after the gate.
    error ReceivedTooLate(uint64 receivedAt, uint256 gate);

    /// @notice Digests are 32 bytes each and later batches 36.
    error InvalidOpening(uint256 digestsLength, uint256 laterLength);

    /// @notice The batch is none of the committed book.
    error BatchNotInBook(bytes32 expected, bytes32 got);

    /// @notice The answer is about another batch than the challenge.
    error WrongBatch(uint32 expected, uint32 got);

    /// @notice The batch has no order at this index.
    error UnknownPlace(uint32 batch, uint32 index);

    /// @notice The packed orders are not the batch's.
    error PackedOrdersMismatch(bytes32 expected, bytes32 got);

    /// @notice With this salt the order at the place has another digest than the one at the place.
    error OrderDigestMismatch(bytes32 expected, bytes32 got);

    /// @notice The signature must be of a second before the gate.
    error SignedTooLate(uint40 signedAt, uint256 gate);

    /// @notice The signer was neither the account's wallet at that second, nor an agent that might give this order.
    error NotTheAccountsOrder(uint32 account, address recovered, uint40 signedAt);

    /// @notice The order at this place is another than the missing one, `expected`.
    error AnotherOrder(bytes32 expected, bytes32 got);

    /// @notice Two places are needed, and two times the same order.
    error NotADuplicate(bytes32 first, bytes32 second);

    /// @notice The order's owner submitted it as batch `batch`, and may have given it to the operator as well.
    error SubmittedByOwner(bytes32 digest, uint32 batch);

    /* CHALLENGES */

    /// @notice Asks who signed the order at a place. Active participants and auditors, within the window.
    /// @return challenge The challenge's number, from 1.
    function challengeUnsigned(IntervalId interval, uint32 batch, uint32 index) external returns (uint256 challenge);

    /// @notice Asks for an order that the operator acknowledged. Active participants and auditors, within the window.
    /// @param receivedAt Second on the receipt.
    /// @param receipt The operator's signature, 65 bytes, of the EIP-712 struct `Receipt(bytes32 order,uint64 receivedAt)`
    /// in the market's domain.
    /// @return challenge The challenge's number, from 1.
    function challengeMissing(IntervalId interval, OrderTerms calldata order, uint64 receivedAt, bytes calldata receipt)
        external
        returns (uint256 challenge);

    /// @notice Shows that an order is in the book twice, which disputes the interval at once. Anybody, within the window.
    /// @dev Where the owner submitted the order itself, as one of the two batches, the other one may be the signed order
    /// that it gave to the operator; whether it is, `challengeUnsigned` finds out.
    function proveDuplicate(
        IntervalId interval,
        BatchOpening calldata first,
        uint32 firstIndex,
        BatchOpening calldata second,
        uint32 secondIndex
    ) external;

    /* ANSWERS */

    /// @notice Shows whose order is at a challenged place. Anybody, in time.
    /// @param packed The batch's packed orders, 12 bytes each.
    /// @param proof Of the order; not read where the batch has no such place.
    function answerUnsigned(
        uint256 challenge,
        BatchOpening calldata opening,
        bytes calldata packed,
        OrderProof calldata proof
    ) external;

    /// @notice Shows the place of an order that was called missing. Anybody, in time.
    /// @param index Place of the order in the batch.
    function answerMissing(uint256 challenge, BatchOpening calldata opening, uint32 index) external;

    /// @notice Shows that an order that was called missing was taken back by its account. Anybody, in time.
    /// @param order The missing order.
    /// @param signedAt Second at which the signer was the account's wallet or agent, before the gate.
    /// @param signature 65 bytes, of the EIP-712 struct `Withdrawal(bytes32 order)` in the market's domain.
    function answerWithdrawn(uint256 challenge, OrderTerms calldata order, uint40 signedAt, bytes calldata signature)
        external;

    /* DECISIONS */

    /// @notice Records that nobody answered a challenge in time, which disputes its interval. Anybody.
    function uphold(uint256 challenge) external;

    /// @notice Lets a disputed interval be settled as posted. Only the arbiter.
    /// @param document Hash of the decision, not 0.
    function dismiss(IntervalId interval, bytes32 document) external;

    /// @notice Lets a disputed interval be settled without trades. Only the arbiter.
    /// @param document Hash of the decision, not 0.
    function annul(IntervalId interval, bytes32 document) external;

    /// @notice Annuls the trades of an interval that the arbiter left undecided for `ARBITRATION_SECONDS`. Anybody.
    function expire(IntervalId interval) external;

    /* VIEWS */

    /// @notice What the settlement asks: reverts with `DisputeWindowOpen`, `DisputeOpen` or `DisputeUndecided` where a
    /// cleared interval cannot be settled yet.
    /// @return annulled Whether it is settled without trades.
    function requireSettleable(IntervalId interval) external view returns (bool annulled);

    /// @notice The second from which on no challenge is taken: `DISPUTE_SECONDS` after the clearing or the interval's end,
    /// whichever is later; 0 where the interval is not cleared.
    function windowEnd(IntervalId interval) external view returns (uint64);

    /// @notice An interval's dispute, since when it is disputed (0 where it never was), and how many challenges are open.
    function disputeOf(IntervalId interval)
        external
        view
        returns (DisputeStatus status, uint64 disputedAt, uint32 openChallenges);

    /// @notice A challenge; all zero where there is none. `batch`, `index` and `digest` as of `ChallengeOpened`.
    function challengeOf(uint256 challenge)
        external
        view
        returns (
            IntervalId interval,
            ChallengeKind kind,
            ChallengeStatus status,
            uint64 answerBy,
            uint32 batch,
            uint32 index,
            bytes32 digest
        );

    /// @notice How many challenges there ever were; also the last one's number.
    function challengeCount() external view returns (uint256);
}
