// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title BookLib
/// @notice The commitment of an order book, batch by batch.
library BookLib {
    /// @notice The commitment of one batch, from the hash of its packed orders and that of their digests.
    function batchCommitment(bytes32 packedHash, bytes32 digestsHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(packedHash, digestsHash));
    }

    /// @notice The commitment of a book that `count` orders were added to. A new book starts at 0.
    function extend(bytes32 book, bytes32 batchCommitment_, uint32 count) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(book, batchCommitment_, count));
    }
}
