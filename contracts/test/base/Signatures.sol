// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrderEntry} from "../../src/orders/IOrderEntry.sol";
import {vm} from "./Vm.sol";

/// @notice What participants sign, written from EIP-712, not from the contracts.
library Signatures {
    bytes32 private constant ORDER =
        keccak256("Order(uint96 interval,uint32 account,uint8 side,uint32 quantity,int32 price,uint128 salt)");
    bytes32 private constant CANCELLATION =
        keccak256("Cancellation(uint96 interval,uint32 account,uint32 batch,uint32 index)");

    /// @notice Digest of an order in a contract's domain.
    function digestOf(IOrderEntry.Order memory order, string memory name, address verifier)
        internal
        view
        returns (bytes32)
    {
        return digest(keccak256(abi.encode(ORDER, order)), name, verifier);
    }

    /// @notice Digest of a cancellation in a contract's domain.
    function digestOf(IOrderEntry.Cancellation memory cancellation, string memory name, address verifier)
        internal
        view
        returns (bytes32)
    {
        return digest(keccak256(abi.encode(CANCELLATION, cancellation)), name, verifier);
    }

    /// @notice A signature of 65 bytes.
    function sign(uint256 secret, bytes32 digest_) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest_);
        return abi.encodePacked(r, s, v);
    }

    function digest(bytes32 structHash, string memory name, address verifier) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }
}
