// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title IDeliveryRecord
/// @notice Energy delivered into a battery, stated by both sides: the source says what it delivered and to whom the
/// energy belongs, the battery what it received and how much of that is usable, and a validator that the meters say so.
/// Claims on the usable energy are given to the named accounts in equal shares.
/// @dev A session is an interval of the community's market, so that no two sessions of the same devices overlap and no
/// energy is counted twice. Longer charging is recorded interval by interval, in any sequence and at any later time.
/// Nobody has anything at stake before the record is made, so there is neither timeout nor refund: statements that do not
/// match wait until the validator rejects them, and then both sides state again, in the next round.
interface IDeliveryRecord {
    /// @notice What was charged when.
    /// @param source Number of the device that delivers, such as a PV inverter.
    /// @param battery Number of the battery.
    /// @param interval Interval of the market in which it happened.
    struct Session {
        uint32 source;
        uint32 battery;
        IntervalId interval;
    }

    /// @notice How far a session's record has come.
    /// @param round Number of rejected pairs of statements; part of every statement.
    /// @param delivered Wh that the source says it delivered.
    /// @param received Wh that the battery says it received.
    /// @param usable Wh of these that can be taken out again.
    /// @param sourceConfirmed Whether the source has spoken in this round.
    /// @param batteryConfirmed Whether the battery has.
    /// @param recorded Whether the claims were given out; final.
    /// @param accountsHash keccak256 of the accounts, 32 bytes each, that the source named.
    struct Delivery {
        uint32 round;
        uint32 delivered;
        uint32 received;
        uint32 usable;
        bool sourceConfirmed;
        bool batteryConfirmed;
        bool recorded;
        bytes32 accountsHash;
    }

    /* EVENTS */

    /// @notice The source stated what it delivered, for whom.
    event DeliveryConfirmed(
        bytes32 indexed delivery,
        uint32 indexed source,
        uint32 indexed battery,
        IntervalId interval,
        uint32 round,
        uint32 delivered,
        uint32[] accounts
    );

    /// @notice The battery stated what it received.
    event ReceptionConfirmed(
        bytes32 indexed delivery,
        uint32 indexed source,
        uint32 indexed battery,
        IntervalId interval,
        uint32 round,
        uint32 received,
        uint32 usable
    );

    /// @notice The statements agree with the meters, and claims on the usable energy were given out.
    /// @param process The validator's digest, which the claims refer to.
    event DeliveryRecorded(
        bytes32 indexed delivery,
        uint32 indexed source,
        uint32 indexed battery,
        IntervalId interval,
        uint32 delivered,
        uint32 received,
        uint32 usable,
        uint32[] accounts,
        address validator,
        bytes32 process
    );

    /// @notice The statements of a round are void; both sides can state again.
    event DeliveryRejected(bytes32 indexed delivery, uint32 round, address validator);

    /* ERRORS */

    /// @notice The interval is not one of its community's market.
    error InvalidInterval(IntervalId interval);

    /// @notice Statements about an interval are taken from second `end` on; now is `time`.
    error IntervalNotOver(uint256 end, uint256 time);

    /// @notice A source names 1 to `limit` accounts.
    error InvalidAccountCount(uint256 count, uint256 limit);

    /// @notice Accounts are named in ascending sequence, each once; the one at `index` is not.
    error AccountsNotAscending(uint256 index);

    /// @notice These are not the accounts that the source named.
    error AccountsMismatch(bytes32 expected, bytes32 got);

    /// @notice Usable energy cannot exceed what was received, nor that what was delivered.
    error DeliveryMismatch(uint32 delivered, uint32 received, uint32 usable);

    /// @notice A session is recorded once.
    error AlreadyRecorded(bytes32 delivery);

    /// @notice There is nothing to reject.
    error NothingConfirmed(bytes32 delivery);

    /* FUNCTIONS */

    /// @notice States what the source delivered and to whom it belongs. Anybody may relay it, once a round.
    /// @dev The source's gateway signs
    /// `Delivered(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 delivered,uint32[] accounts)` with a
    /// key that is valid throughout the interval.
    /// @param delivered Wh.
    /// @param accounts Who receives the claims, ascending, at most 100.
    function confirmDelivered(
        Session calldata session,
        uint32 delivered,
        uint32[] calldata accounts,
        bytes calldata signature
    ) external;

    /// @notice States what the battery received. Anybody may relay it, once a round.
    /// @dev The battery's gateway signs
    /// `Received(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 received,uint32 usable)`.
    /// @param received Wh.
    /// @param usable Wh of these that can be taken out again.
    function confirmReceived(Session calldata session, uint32 received, uint32 usable, bytes calldata signature)
        external;

    /// @notice Records the session and gives out the claims: `usable` Wh in equal shares; what is left over goes to the
    /// first accounts, 1 Wh each. By a validator or with its signature, once, not during a pause.
    /// @dev The validator signs `Validation(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 delivered,
    /// uint32 received,uint32 usable,uint32[] accounts)`.
    /// @param accounts Those that the source named.
    /// @param signature The validator's; empty where the validator is the sender.
    function record(Session calldata session, uint32[] calldata accounts, bytes calldata signature) external;

    /// @notice Declares the statements of this round void. Only a validator.
    function reject(Session calldata session) external;

    /* VIEWS */

    /// @notice The name of a session's record: `keccak256(abi.encode(source, battery, interval))`.
    function deliveryId(Session calldata session) external pure returns (bytes32);

    /// @notice How far a session's record has come; all zero where nobody stated anything.
    function delivery(bytes32 delivery_) external view returns (Delivery memory);
}
