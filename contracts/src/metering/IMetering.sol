// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title IMetering
/// @notice What gateways attest that their meters counted: a Merkle root of salted readings, and the totals.
/// @dev Energy in Wh, times in seconds, UTC. A leaf of a gateway's tree is
/// `keccak256(keccak256(abi.encode(bytes16 salt, bytes32 documentHash)))`; nodes hash their children in ascending order.
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

    /* ERRORS */

    /// @notice Every attestation comes with its signature.
    error SignatureCountMismatch(uint256 attestations, uint256 signatures);

    /// @notice The interval is off the time grid of its own duration.
    error InvalidInterval(IntervalId interval);

    /// @notice Readings of an interval exist from second `end` on; now is `time`.
    error IntervalNotOver(uint256 end, uint256 time);

    /// @notice The interval is settled: its totals are final.
    error IntervalClosed(IntervalId interval);

    /// @notice A gateway attests an interval once.
    error AlreadyAttested(IntervalId interval, uint32 gateway);

    /// @notice The statement is not newer than the gateway's last one.
    error SequenceNotIncreasing(uint32 gateway, uint64 last, uint64 got);

    /// @notice An attestation has a root, 1 to 65,535 readings, and no more energy than so many meters can count.
    error InvalidAttestation(IntervalId interval, uint32 gateway);

    /// @notice The signature is not that of the gateway's key (or is malformed; then `recovered` is 0).
    error InvalidAttestationSignature(uint32 gateway, address expected, address recovered);

    /* FUNCTIONS */

    /// @notice Records gateways' statements. Anybody may relay them; all or none are recorded.
    /// @dev The gateway must read a device of the interval's community, and its key must be valid throughout. From when
    /// on a device's readings count is not checked here. A statement that is recorded after one with a higher sequence
    /// is refused for good: a relay keeps their order.
    /// @param attestations The statements.
    /// @param signatures 65 bytes each: r, s (the lower of the two), v (27 or 28).
    function attest(Attestation[] calldata attestations, bytes[] calldata signatures) external;

    /// @notice Makes an interval's totals final. Only the settlement contract, once, after the interval's end.
    /// @return imported Wh taken from the grid.
    /// @return exported Wh fed into the grid.
    /// @return readings Number of readings.
    function closeInterval(IntervalId interval) external returns (uint64 imported, uint64 exported, uint32 readings);

    /// @notice The root of a gateway's readings of an interval, 0 where it attested none.
    function attestationRoot(IntervalId interval, uint32 gateway) external view returns (bytes32 root);

    /// @notice What all gateways of a community together attested for an interval.
    function totals(IntervalId interval)
        external
        view
        returns (uint64 imported, uint64 exported, uint32 readings, uint16 gateways, bool closed);

    /// @notice The sequence number of a gateway's last statement, 0 where it made none.
    function lastSequence(uint32 gateway) external view returns (uint64 sequence);

    /// @notice Whether a reading is among those that a gateway attested.
    /// @param salt The reading's salt.
    /// @param documentHash keccak256 of the signed reading's canonical bytes (RFC 8785).
    /// @param proof Sibling hashes from the leaf to the root.
    function verifyReading(
        IntervalId interval,
        uint32 gateway,
        bytes16 salt,
        bytes32 documentHash,
        bytes32[] calldata proof
    ) external view returns (bool);
}
