// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {ADMIN_TRANSFER_DELAY} from "../governance/AdminDelay.sol";
import {IntervalId} from "../interval/IntervalLib.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {AttestationLib} from "./AttestationLib.sol";
import {IMetering} from "./IMetering.sol";

/// @title Metering
/// @notice See `IMetering`.
contract Metering is IMetering, AccessControlDefaultAdminRules, EIP712 {
    using AttestationLib for Attestation;
    using AttestationLib for Correction;
    using AttestationLib for Superseded;

    /// @notice May end the attesting of intervals; held by the settlement contract.
    bytes32 public constant SETTLEMENT_ROLE = keccak256("SETTLEMENT_ROLE");

    /// @inheritdoc IMetering
    uint256 public constant CORRECTION_SECONDS = 60 days;

    /// @dev Reason of a correction that supersedes nothing, and the last that there is.
    uint8 private constant LATE = 1;
    uint8 private constant LAST_REASON = 5;

    /// @dev r, s and v of one signature.
    uint256 private constant SIGNATURE_BYTES = 65;

    /// @dev One meter's most in one interval, Wh.
    uint256 private constant MAX_READING = type(uint32).max;

    /// @dev One gateway's most in one interval: so many readings of so many gateways as the totals count always fit, so
    /// that no gateway can crowd out another.
    uint256 private constant MAX_READINGS = type(uint16).max;

    /// @dev One slot.
    struct Totals {
        uint64 imported;
        uint64 exported;
        uint32 readings;
        uint16 gateways;
        bool closed;
    }

    IRegistry private immutable _registry;

    /// @inheritdoc IMetering
    mapping(IntervalId interval => mapping(uint32 gateway => bytes32 root)) public attestationRoot;

    /// @inheritdoc IMetering
    mapping(IntervalId interval => Totals) public totals;

    /// @dev Of four gateways each, 64 bits a gateway, the lowest first: neighbours are often relayed together.
    mapping(uint32 four => uint256 packed) private _lastSequences;

    /// @dev The roots that hold no more, by revision.
    mapping(IntervalId interval => mapping(uint32 gateway => bytes32[] roots)) private _superseded;

    /// @param admin Receives the admin role, which grants every other.
    /// @param registry Where gateways and devices are registered.
    constructor(address admin, IRegistry registry)
        AccessControlDefaultAdminRules(ADMIN_TRANSFER_DELAY, admin)
        EIP712("Commonwatt Metering", "1")
    {
        _registry = registry;
    }

    /// @inheritdoc IMetering
    function attest(Attestation[] calldata attestations, bytes calldata signatures) external {
        _requireSignatureEach(attestations.length, signatures);
        IntervalId interval;
        Totals memory sums;
        for (uint256 i = 0; i < attestations.length; ++i) {
            Attestation memory attestation = attestations[i];
            if (i == 0 || !attestation.interval.equals(interval)) {
                // Neighbours of one interval share the access to its totals.
                if (i != 0) totals[interval] = sums;
                interval = attestation.interval;
                _requireReadable(interval);
                sums = _openTotals(interval);
            }
            _requireSound(attestation);
            _requireSigned(attestation, attestation.structHash(), signatures, i);
            _takeSequence(attestation.gateway, attestation.sequence);
            _record(attestation);
            _addTo(sums, attestation);
        }
        if (attestations.length != 0) totals[interval] = sums;
    }

    /// @inheritdoc IMetering
    function correct(Correction[] calldata corrections, bytes calldata signatures) external {
        _requireSignatureEach(corrections.length, signatures);
        for (uint256 i = 0; i < corrections.length; ++i) {
            Correction memory correction = corrections[i];
            Attestation memory statement = correction.statement;
            bytes32 superseded = correction.superseded.recordedRoot();
            _requireReadable(statement.interval);
            _requireCorrectable(statement.interval);
            _requireSound(statement);
            _requireReason(correction.reason, superseded);
            _requireSigned(statement, correction.structHash(superseded), signatures, i);
            _takeSequence(statement.gateway, statement.sequence);
            _replaceRoot(statement, superseded);
            _replaceInTotals(statement, correction.superseded);
            _emitCorrected(correction, superseded);
        }
    }

    /// @inheritdoc IMetering
    function closeInterval(IntervalId interval)
        external
        onlyRole(SETTLEMENT_ROLE)
        returns (uint64 imported, uint64 exported, uint32 readings)
    {
        _requireOver(interval);
        Totals storage sums = totals[interval];
        if (sums.closed) revert IntervalClosed(interval);
        sums.closed = true;
        return (sums.imported, sums.exported, sums.readings);
    }

    /// @inheritdoc IMetering
    function lastSequence(uint32 gateway) external view returns (uint64 sequence) {
        return uint64(_lastSequences[gateway / 4] >> (gateway % 4 * 64));
    }

    /// @inheritdoc IMetering
    function revision(IntervalId interval, uint32 gateway) external view returns (uint256) {
        return _superseded[interval][gateway].length;
    }

    /// @inheritdoc IMetering
    function attestationRootAt(IntervalId interval, uint32 gateway, uint256 revision_) public view returns (bytes32) {
        bytes32[] storage former = _superseded[interval][gateway];
        if (revision_ < former.length) return former[revision_];
        if (revision_ > former.length) revert UnknownRevision(interval, gateway, former.length);
        return attestationRoot[interval][gateway];
    }

    /// @inheritdoc IMetering
    function verifyReading(
        IntervalId interval,
        uint32 gateway,
        bytes16 salt,
        bytes32 documentHash,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _isUnder(attestationRoot[interval][gateway], salt, documentHash, proof);
    }

    /// @inheritdoc IMetering
    function verifyReadingAt(
        IntervalId interval,
        uint32 gateway,
        uint256 revision_,
        bytes16 salt,
        bytes32 documentHash,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _isUnder(attestationRootAt(interval, gateway, revision_), salt, documentHash, proof);
    }

    /* INTERNAL: WHAT A STATEMENT MUST BE */

    function _requireSignatureEach(uint256 statements, bytes calldata signatures) private pure {
        uint256 expected = statements * SIGNATURE_BYTES;
        if (signatures.length != expected) revert SignaturesLengthMismatch(expected, signatures.length);
    }

    function _requireOver(IntervalId interval) private view {
        uint256 end = interval.end();
        if (block.timestamp < end) revert IntervalNotOver(end, block.timestamp);
    }

    /// @dev Meters have counted the interval.
    function _requireReadable(IntervalId interval) private view {
        if (!interval.isAligned()) revert InvalidInterval(interval);
        _requireOver(interval);
    }

    /// @dev What a statement must be, whoever signed it.
    function _requireSound(Attestation memory attestation) private pure {
        uint256 count = attestation.count;
        uint256 most;
        // Unchecked: a product of two numbers of 32 bits.
        unchecked {
            most = count * MAX_READING;
        }
        if (
            attestation.root == 0 || count == 0 || count > MAX_READINGS || attestation.imported > most
                || attestation.exported > most
        ) revert InvalidAttestation(attestation.interval, attestation.gateway);
    }

    function _requireCorrectable(IntervalId interval) private view {
        uint256 until = interval.end() + CORRECTION_SECONDS;
        if (block.timestamp >= until) revert CorrectionPeriodOver(interval, until, block.timestamp);
    }

    function _requireReason(uint8 reason, bytes32 superseded) private pure {
        bool isLate = reason == LATE;
        if (reason == 0 || reason > LAST_REASON || isLate != (superseded == 0)) revert InvalidCorrectionReason(reason);
    }

    /// @dev `hash` is the EIP-712 struct hash of what the gateway signed, `index` the place of its signature.
    function _requireSigned(Attestation memory statement, bytes32 hash, bytes calldata signatures, uint256 index)
        private
        view
    {
        IntervalId interval = statement.interval;
        address expected =
            _registry.attestationKey(statement.gateway, interval.community(), interval.start(), interval.end());
        address recovered = _signer(_hashTypedDataV4(hash), signatures, index);
        if (recovered != expected) revert InvalidAttestationSignature(statement.gateway, expected, recovered);
    }

    /// @dev Whose signature the one at `index` is, 0 where it is malformed.
    function _signer(bytes32 digest, bytes calldata signatures, uint256 index) private pure returns (address signer) {
        bytes32 r;
        bytes32 s;
        uint8 v;
        // Memory-safe: reads calldata only; the length of `signatures` was compared with the number of statements.
        assembly ("memory-safe") {
            let at := add(signatures.offset, mul(index, 65))
            r := calldataload(at)
            s := calldataload(add(at, 32))
            v := byte(0, calldataload(add(at, 64)))
        }
        (signer,,) = ECDSA.tryRecover(digest, v, r, s);
    }

    function _isUnder(bytes32 root, bytes16 salt, bytes32 documentHash, bytes32[] calldata proof)
        private
        pure
        returns (bool)
    {
        return root != 0 && MerkleProof.verifyCalldata(proof, root, AttestationLib.leaf(salt, documentHash));
    }

    /* INTERNAL: WHAT IS RECORDED */

    function _takeSequence(uint32 gateway, uint64 sequence) private {
        // Unchecked: the shift is at most 192, and what is added stays within the gateway's 64 bits.
        unchecked {
            uint256 packed = _lastSequences[gateway / 4];
            uint256 shift = gateway % 4 * 64;
            uint64 last = uint64(packed >> shift);
            if (sequence <= last) revert SequenceNotIncreasing(gateway, last, sequence);
            _lastSequences[gateway / 4] = packed + (uint256(sequence - last) << shift);
        }
    }

    function _record(Attestation memory attestation) private {
        IntervalId interval = attestation.interval;
        mapping(uint32 => bytes32) storage roots = attestationRoot[interval];
        if (roots[attestation.gateway] != 0) revert AlreadyAttested(interval, attestation.gateway);
        roots[attestation.gateway] = attestation.recordedRoot();
        emit ReadingsAttested(
            interval,
            attestation.gateway,
            attestation.sequence,
            attestation.root,
            attestation.count,
            attestation.imported,
            attestation.exported
        );
    }

    /// @dev The totals of an interval that is not settled.
    function _openTotals(IntervalId interval) private view returns (Totals memory sums) {
        sums = totals[interval];
        if (sums.closed) revert IntervalClosed(interval);
    }

    function _addTo(Totals memory sums, Attestation memory attestation) private pure {
        sums.gateways += 1;
        // Unchecked: of at most 2^16 - 1 gateways each counts fewer than 2^16 readings below 2^32 Wh.
        unchecked {
            sums.readings += attestation.count;
            sums.imported += attestation.imported;
            sums.exported += attestation.exported;
        }
    }

    function _replaceRoot(Attestation memory statement, bytes32 superseded) private {
        IntervalId interval = statement.interval;
        uint32 gateway = statement.gateway;
        bytes32 recorded = attestationRoot[interval][gateway];
        if (recorded != superseded) revert SupersededRootMismatch(interval, gateway, recorded, superseded);
        bytes32 root = statement.recordedRoot();
        if (root == recorded) revert NothingCorrected(interval, gateway);
        _superseded[interval][gateway].push(recorded);
        attestationRoot[interval][gateway] = root;
    }

    /// @dev The superseded totals are those behind the recorded root, so that they are among the sums.
    function _replaceInTotals(Attestation memory statement, Superseded memory superseded) private {
        Totals memory sums = totals[statement.interval];
        if (superseded.root == 0) {
            if (!sums.closed) revert NothingToCorrect(statement.interval, statement.gateway);
            sums.gateways += 1;
        }
        sums.readings = sums.readings - superseded.count + statement.count;
        sums.imported = sums.imported - superseded.imported + statement.imported;
        sums.exported = sums.exported - superseded.exported + statement.exported;
        totals[statement.interval] = sums;
    }

    function _emitCorrected(Correction memory correction, bytes32 superseded) private {
        Attestation memory statement = correction.statement;
        emit ReadingsCorrected(
            statement.interval,
            statement.gateway,
            statement.sequence,
            statement.root,
            statement.count,
            statement.imported,
            statement.exported,
            superseded,
            uint32(_superseded[statement.interval][statement.gateway].length),
            correction.reason
        );
    }
}
