// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IntervalId} from "../interval/IntervalLib.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {AttestationLib} from "./AttestationLib.sol";
import {IMetering} from "./IMetering.sol";

/// @title Metering
/// @notice See `IMetering`.
contract Metering is IMetering, AccessControl, EIP712 {
    using AttestationLib for Attestation;

    /// @notice May make an interval's totals final; held by the settlement contract.
    bytes32 public constant SETTLEMENT_ROLE = keccak256("SETTLEMENT_ROLE");

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

    /// @inheritdoc IMetering
    mapping(uint32 gateway => uint64 sequence) public lastSequence;

    /// @param admin Receives the admin role, which grants every other.
    /// @param registry Where gateways and devices are registered.
    constructor(address admin, IRegistry registry) EIP712("Commonwatt Metering", "1") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _registry = registry;
    }

    /// @inheritdoc IMetering
    function attest(Attestation[] calldata attestations, bytes[] calldata signatures) external {
        if (attestations.length != signatures.length) {
            revert SignatureCountMismatch(attestations.length, signatures.length);
        }
        for (uint256 i = 0; i < attestations.length; ++i) {
            Attestation memory attestation = attestations[i];
            _requireSound(attestation);
            _requireSigned(attestation, signatures[i]);
            _record(attestation);
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
    function verifyReading(
        IntervalId interval,
        uint32 gateway,
        bytes16 salt,
        bytes32 documentHash,
        bytes32[] calldata proof
    ) external view returns (bool) {
        bytes32 root = attestationRoot[interval][gateway];
        return root != 0 && MerkleProof.verifyCalldata(proof, root, AttestationLib.leaf(salt, documentHash));
    }

    /* INTERNAL */

    function _requireOver(IntervalId interval) private view {
        uint256 end = interval.end();
        if (block.timestamp < end) revert IntervalNotOver(end, block.timestamp);
    }

    /// @dev What a statement must be, whoever signed it.
    function _requireSound(Attestation memory attestation) private view {
        IntervalId interval = attestation.interval;
        if (!interval.isAligned()) revert InvalidInterval(interval);
        _requireOver(interval);
        uint256 most = attestation.count * MAX_READING;
        if (
            attestation.root == 0 || attestation.count == 0 || attestation.count > MAX_READINGS
                || attestation.imported > most || attestation.exported > most
        ) revert InvalidAttestation(interval, attestation.gateway);
    }

    function _requireSigned(Attestation memory attestation, bytes calldata signature) private view {
        IntervalId interval = attestation.interval;
        address expected =
            _registry.attestationKey(attestation.gateway, interval.community(), interval.start(), interval.end());
        (address recovered,,) = ECDSA.tryRecover(_hashTypedDataV4(attestation.structHash()), signature);
        if (recovered != expected) revert InvalidAttestationSignature(attestation.gateway, expected, recovered);
    }

    function _record(Attestation memory attestation) private {
        IntervalId interval = attestation.interval;
        uint32 gateway = attestation.gateway;
        uint64 last = lastSequence[gateway];
        if (attestation.sequence <= last) revert SequenceNotIncreasing(gateway, last, attestation.sequence);
        if (attestationRoot[interval][gateway] != 0) revert AlreadyAttested(interval, gateway);
        lastSequence[gateway] = attestation.sequence;
        attestationRoot[interval][gateway] = attestation.root;
        _addToTotals(attestation);
        emit ReadingsAttested(
            interval,
            gateway,
            attestation.sequence,
            attestation.root,
            attestation.count,
            attestation.imported,
            attestation.exported
        );
    }

    function _addToTotals(Attestation memory attestation) private {
        Totals memory sums = totals[attestation.interval];
        if (sums.closed) revert IntervalClosed(attestation.interval);
        sums.readings += attestation.count;
        sums.imported += attestation.imported;
        sums.exported += attestation.exported;
        sums.gateways += 1;
        totals[attestation.interval] = sums;
    }
}
