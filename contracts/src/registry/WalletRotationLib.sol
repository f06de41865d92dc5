// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title WalletRotationLib
/// @notice The EIP-712 struct by which a wallet consents to stand for an account.
library WalletRotationLib {
    bytes32 internal constant ROTATION_TYPEHASH =
        keccak256("WalletRotation(uint32 account,address oldWallet,address newWallet,uint64 deadline)");

    /// @notice The EIP-712 struct hash of a consent. A wallet never returns, so that naming the old one makes it usable
    /// once.
    function structHash(uint32 account, address oldWallet, address newWallet, uint64 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(ROTATION_TYPEHASH, account, oldWallet, newWallet, deadline));
    }
}
