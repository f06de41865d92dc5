// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title BookLib
/// @notice The commitment of an order book, batch by batch. A cancellation is a link of the same chain that adds no order:
/// no batch is without one, so that neither can be taken for the other.
library BookLib {
    /// @notice The commitment of one batch, from the hash of its packed orders and that of their digests.
    function batchCommitment(bytes32 packedHash, bytes32 digestsHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(packedHash, digestsHash));
    }

    /// @notice The commitment of a book that `count` orders were added to. A new book starts at 0.
    function extend(bytes32 book, bytes32 batchCommitment_, uint32 count) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(book, batchCommitment_, count));
    }

    /// @notice The commitment of a cancellation, by which a book is extended with a count of 0.
    /// @param packed 12 big-endian bytes: batch and place in it of the order (uint32 each) | its account (uint32).
    function cancellationCommitment(bytes12 packed) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(packed));
    }

    /// @notice Packs a cancellation.
    function packCancellation(uint32 batch, uint32 index, uint32 account) internal pure returns (bytes12) {
        return bytes12((uint96(batch) << 64) | (uint96(index) << 32) | account);
    }
}
