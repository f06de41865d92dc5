// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMetering} from "./IMetering.sol";

/// @title AttestationLib
/// @notice The hashes behind an attestation: its EIP-712 struct and the leaves under its root.
library AttestationLib {
    bytes32 internal constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(uint96 interval,uint32 gateway,uint64 sequence,bytes32 root,uint32 count,uint64 imported,uint64 exported)"
    );

    /// @notice The EIP-712 struct hash of an attestation.
    function structHash(IMetering.Attestation memory attestation) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ATTESTATION_TYPEHASH,
                attestation.interval,
                attestation.gateway,
                attestation.sequence,
                attestation.root,
                attestation.count,
                attestation.imported,
                attestation.exported
            )
        );
    }

    /// @notice The leaf of a reading. Hashed twice, so that no inner node can pass for a leaf.
    function leaf(bytes16 salt, bytes32 documentHash) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(salt, documentHash))));
    }
}
