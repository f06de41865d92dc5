// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMetering} from "../../src/metering/IMetering.sol";
import {vm} from "./Vm.sol";

/// @notice What is recorded and signed of gateways' statements, written from the interface, not from the contract.
library Statements {
    function superseded(IMetering.Attestation memory statement) internal pure returns (IMetering.Superseded memory) {
        return IMetering.Superseded(statement.root, statement.count, statement.imported, statement.exported);
    }

    function totalsHash(IMetering.Superseded memory statement) internal pure returns (bytes32) {
        return keccak256(abi.encode(statement.count, statement.imported, statement.exported));
    }

    function recordedRoot(IMetering.Attestation memory statement) internal pure returns (bytes32) {
        return recordedRoot(superseded(statement));
    }

    /// @dev 0 stands for no statement.
    function recordedRoot(IMetering.Superseded memory statement) internal pure returns (bytes32) {
        return statement.root == 0 ? bytes32(0) : hashPair(statement.root, totalsHash(statement));
    }

    function hashPair(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return left < right ? keccak256(bytes.concat(left, right)) : keccak256(bytes.concat(right, left));
    }

    function leaf(bytes16 salt, bytes32 documentHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encode(salt, documentHash))));
    }

    function signature(address metering, uint256 secret, IMetering.Attestation memory statement)
        internal
        view
        returns (bytes memory)
    {
        bytes32 typeHash = keccak256(
            "Attestation(uint96 interval,uint32 gateway,uint64 sequence,bytes32 root,uint32 count,uint64 imported,uint64 exported)"
        );
        return sign(metering, secret, keccak256(abi.encode(typeHash, statement)));
    }

    function signature(address metering, uint256 secret, IMetering.Correction memory correction)
        internal
        view
        returns (bytes memory)
    {
        bytes32 typeHash = keccak256(
            "Correction(uint96 interval,uint32 gateway,uint64 sequence,bytes32 root,uint32 count,uint64 imported,uint64 exported,bytes32 superseded,uint8 reason)"
        );
        bytes32 former = recordedRoot(correction.superseded);
        return sign(metering, secret, keccak256(abi.encode(typeHash, correction.statement, former, correction.reason)));
    }

    function sign(address metering, uint256 secret, bytes32 structHash) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Commonwatt Metering"),
                keccak256("1"),
                block.chainid,
                metering
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, keccak256(abi.encodePacked("\x19\x01", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }
}
