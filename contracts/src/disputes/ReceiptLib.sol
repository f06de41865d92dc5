// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title ReceiptLib
/// @notice The EIP-712 structs by which an operator acknowledges an order, and its owner takes it back. They are signed in
/// the market's domain, as orders are.
library ReceiptLib {
    bytes32 internal constant RECEIPT_TYPEHASH = keccak256("Receipt(bytes32 order,uint64 receivedAt)");

    bytes32 internal constant WITHDRAWAL_TYPEHASH = keccak256("Withdrawal(bytes32 order)");

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant MARKET_NAME = keccak256("Commonwatt Market");
    bytes32 private constant MARKET_VERSION = keccak256("1");

    /// @notice What the operator of a market signs.
    /// @param market Address of the market.
    /// @param order EIP-712 digest of the order.
    /// @param receivedAt Second at which it came, UTC.
    function digest(address market, bytes32 order, uint64 receivedAt) internal view returns (bytes32) {
        return _inDomain(market, keccak256(abi.encode(RECEIPT_TYPEHASH, order, receivedAt)));
    }

    /// @notice What the owner of an order signs to take it back before the operator commits it.
    /// @param market Address of the market.
    /// @param order EIP-712 digest of the order.
    function withdrawalDigest(address market, bytes32 order) internal view returns (bytes32) {
        return _inDomain(market, keccak256(abi.encode(WITHDRAWAL_TYPEHASH, order)));
    }

    function _inDomain(address market, bytes32 structHash) private view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, MARKET_NAME, MARKET_VERSION, block.chainid, market));
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }
}
