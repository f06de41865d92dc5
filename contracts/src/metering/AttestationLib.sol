// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {IMetering} from "./IMetering.sol";

/// @title AttestationLib
/// @notice The hashes behind an attestation: the EIP-712 structs, the leaves under its root, and the node above it.
library AttestationLib {
    bytes32 internal constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(uint96 interval,uint32 gateway,uint64 sequence,bytes32 root,uint32 count,uint64 imported,uint64 exported)"
    );

    bytes32 internal constant CORRECTION_TYPEHASH = keccak256(
        "Correction(uint96 interval,uint32 gateway,uint64 sequence,bytes32 root,uint32 count,uint64 imported,uint64 exported,bytes32 superseded,uint8 reason)"
    );

    /// @notice The EIP-712 struct hash of an attestation.
    function structHash(IMetering.Attestation memory attestation) internal pure returns (bytes32) {
        return keccak256(abi.encode(ATTESTATION_TYPEHASH, attestation));
    }

    /// @notice The EIP-712 struct hash of a correction, given the recorded root that it supersedes.
    function structHash(IMetering.Correction memory correction, bytes32 superseded) internal pure returns (bytes32) {
        return keccak256(abi.encode(CORRECTION_TYPEHASH, correction.statement, superseded, correction.reason));
    }

    /// @notice The root that is recorded for a statement: it stands for its readings and their totals.
    function recordedRoot(IMetering.Attestation memory attestation) internal pure returns (bytes32) {
        return recordedRoot(attestation.root, attestation.count, attestation.imported, attestation.exported);
    }

    /// @notice The root that was recorded for a superseded statement, 0 where there was none.
    function recordedRoot(IMetering.Superseded memory former) internal pure returns (bytes32) {
        if (former.root == 0 && former.count == 0 && former.imported == 0 && former.exported == 0) return 0;
        return recordedRoot(former.root, former.count, former.imported, former.exported);
    }

    /// @notice The leaf of a reading. Hashed twice, so that no inner node can pass for a leaf.
    function leaf(bytes16 salt, bytes32 documentHash) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(salt, documentHash))));
    }

    /// @dev The totals' hash is of 96 bytes, a leaf's of 32: neither can pass for the other.
    function recordedRoot(bytes32 root, uint32 count, uint64 imported, uint64 exported) private pure returns (bytes32) {
        return Hashes.commutativeKeccak256(root, keccak256(abi.encode(count, imported, exported)));
    }
}
