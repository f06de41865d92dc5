// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title IMetering
/// @notice What gateways attest that their meters counted: a Merkle root of salted readings, and the totals.
/// @dev Energy in Wh, times in seconds, UTC. A leaf of a gateway's tree is
/// `keccak256(keccak256(abi.encode(bytes16 salt, bytes32 documentHash)))`; nodes hash their children in ascending order.
/// Recorded is not the root of the readings alone but the node above it, whose other child is the totals' hash,
/// `keccak256(abi.encode(uint32 count, uint64 imported, uint64 exported))`: the recorded root stands for the totals, too,
/// and the proof of a reading ends with their hash. Roots are numbered by revision: 0 what was attested in time (or
/// nothing), then one for each correction.
interface IMetering {
    /// @notice A gateway's statement about one interval, signed by its EVM key (EIP-712).
    /// @param interval Which interval.
    /// @param gateway Number of the gateway in the registry.
    /// @param sequence Number of the statement, from 1, higher than in every one of this gateway that was recorded before.
    /// @param root Merkle root of the readings.
    /// @param count Number of the readings, at most 65,535.
    /// @param imported Wh that all its meters together took from the grid.
    /// @param exported Wh that all its meters together fed into the grid.
    struct Attestation {
        IntervalId interval;
        uint32 gateway;
        uint64 sequence;
        bytes32 root;
        uint32 count;
        uint64 imported;
        uint64 exported;
    }

    /// @notice What a statement said that is superseded; all 0 where there was none.
    /// @param root Merkle root of its readings.
    /// @param count Number of its readings.
    /// @param imported Its Wh taken from the grid.
    /// @param exported Its Wh fed into the grid.
    struct Superseded {
        bytes32 root;
        uint32 count;
        uint64 imported;
        uint64 exported;
    }

    /// @notice A gateway's statement in place of its former one about the same interval, signed by its EVM key (EIP-712):
    /// `Correction(<members of Attestation>,bytes32 superseded,uint8 reason)` with the recorded root that it supersedes.
    /// @param statement What holds now, all readings of the interval again.
    /// @param superseded What the gateway said last.
    /// @param reason 1 late: nothing was attested before the interval was settled; 2 readings were missing or too many;
    /// 3 substitute values are replaced by measured ones; 4 a meter was faulty; 5 the gateway erred.
    struct Correction {
        Attestation statement;
        Superseded superseded;
        uint8 reason;
    }

    /* EVENTS */

    /// @notice A gateway's readings of an interval were attested.
    event ReadingsAttested(
        IntervalId indexed interval,
        uint32 indexed gateway,
        uint64 sequence,
        bytes32 root,
        uint32 count,
        uint64 imported,
        uint64 exported
    );

    /// @notice A gateway corrected its readings of an interval.
    /// @param superseded The recorded root that holds no more, 0 where there was none.
    /// @param revision Number of the correction, from 1, within interval and gateway.
    /// @param reason See `Correction`.
    event ReadingsCorrected(
        IntervalId indexed interval,
        uint32 indexed gateway,
        uint64 sequence,
        bytes32 root,
        uint32 count,
        uint64 imported,
        uint64 exported,
        bytes32 superseded,
        uint32 revision,
        uint8 reason
    );

    /* ERRORS */

    /// @notice Every statement comes with a signature of 65 bytes.
    error SignaturesLengthMismatch(uint256 expected, uint256 got);

    /// @notice The interval is off the time grid of its own duration.
    error InvalidInterval(IntervalId interval);

    /// @notice Readings of an interval exist from second `end` on; now is `time`.
    error IntervalNotOver(uint256 end, uint256 time);

    /// @notice The interval is settled: only corrections change its totals.
    error IntervalClosed(IntervalId interval);

    /// @notice A gateway attests an interval once; it corrects what it attested.
    error AlreadyAttested(IntervalId interval, uint32 gateway);

    /// @notice The statement is not newer than the gateway's last one.
    error SequenceNotIncreasing(uint32 gateway, uint64 last, uint64 got);

    /// @notice An attestation has a root, 1 to 65,535 readings, and no more energy than so many meters can count.
    error InvalidAttestation(IntervalId interval, uint32 gateway);

    /// @notice Corrections of an interval were taken before second `until`; now is `time`.
    error CorrectionPeriodOver(IntervalId interval, uint256 until, uint256 time);

    /// @notice The gateway attested nothing yet and still can: the interval is not settled.
    error NothingToCorrect(IntervalId interval, uint32 gateway);

    /// @notice The correction supersedes something else than the gateway's recorded statement.
    error SupersededRootMismatch(IntervalId interval, uint32 gateway, bytes32 recorded, bytes32 superseded);

    /// @notice The correction says what is recorded already.
    error NothingCorrected(IntervalId interval, uint32 gateway);

    /// @notice Reasons are 1 to 5; 1 is given where, and only where, nothing is superseded.
    error InvalidCorrectionReason(uint8 reason);

    /// @notice An interval has no such revision of a gateway's readings; the latest is `revision`.
    error UnknownRevision(IntervalId interval, uint32 gateway, uint256 revision);

    /// @notice The signature is not that of the gateway's key (or is malformed; then `recovered` is 0).
    error InvalidAttestationSignature(uint32 gateway, address expected, address recovered);

    /* FUNCTIONS */

    /// @notice Records gateways' statements. Anybody may relay them; all or none are recorded.
    /// @dev The gateway must read a device of the interval's community, and its key must be valid throughout. From when
    /// on a device's readings count is not checked here. A statement that is recorded after one with a higher sequence
    /// is refused for good: a relay keeps their order.
    /// @param attestations The statements.
    /// @param signatures In the same sequence, 65 bytes each: r, s (the lower of the two), v (27 or 28).
    function attest(Attestation[] calldata attestations, bytes calldata signatures) external;

    /// @notice Records gateways' corrections. Anybody may relay them; all or none are recorded.
    /// @dev Within 60 days of the interval's end, before its settlement and after it; the totals follow. The key must have
    /// been valid throughout the interval, as for `attest`, and sequence numbers rise over attestations and corrections.
    /// @param corrections The corrections.
    /// @param signatures In the same sequence, 65 bytes each, as for `attest`.
    function correct(Correction[] calldata corrections, bytes calldata signatures) external;

    /// @notice Ends the attesting of an interval. Only the settlement contract, once, after the interval's end.
    /// @return imported Wh taken from the grid.
    /// @return exported Wh fed into the grid.
    /// @return readings Number of readings.
    function closeInterval(IntervalId interval) external returns (uint64 imported, uint64 exported, uint32 readings);

    /// @notice How long after an interval's end its readings can be corrected, in seconds.
    function CORRECTION_SECONDS() external view returns (uint256);

    /// @notice The recorded root of a gateway's readings of an interval, 0 where it attested none. See above for what it
    /// is made of; corrections replace it.
    function attestationRoot(IntervalId interval, uint32 gateway) external view returns (bytes32 root);

    /// @notice How often a gateway corrected its readings of an interval: the number of the revision that holds.
    function revision(IntervalId interval, uint32 gateway) external view returns (uint256);

    /// @notice The recorded root of a revision, that which holds included; 0 where nothing was attested then.
    /// @param revision_ 0 to `revision`.
    function attestationRootAt(IntervalId interval, uint32 gateway, uint256 revision_) external view returns (bytes32);

    /// @notice What all gateways of a community together attested for an interval, corrections included.
    function totals(IntervalId interval)
        external
        view
        returns (uint64 imported, uint64 exported, uint32 readings, uint16 gateways, bool closed);

    /// @notice The sequence number of a gateway's last statement or correction, 0 where it made none.
    function lastSequence(uint32 gateway) external view returns (uint64 sequence);

    /// @notice Whether a reading is among those that a gateway attested, as of its last correction.
    /// @param salt The reading's salt.
    /// @param documentHash keccak256 of the signed reading's canonical bytes (RFC 8785).
    /// @param proof Sibling hashes from the leaf to the recorded root; the last is the totals' hash.
    function verifyReading(
        IntervalId interval,
        uint32 gateway,
        bytes16 salt,
        bytes32 documentHash,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice The same for a given revision, also one that is superseded.
    /// @param revision_ 0 to `revision`.
    function verifyReadingAt(
        IntervalId interval,
        uint32 gateway,
        uint256 revision_,
        bytes16 salt,
        bytes32 documentHash,
        bytes32[] calldata proof
    ) external view returns (bool);
}
