// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BookLib} from "./BookLib.sol";
import {IMarket} from "./IMarket.sol";
import {OrderLib} from "./OrderLib.sol";

/// @notice A posted book in memory, all batches one behind the other. A place counts orders from 0 through all batches.
struct OpenBook {
    /// Where the packed orders begin, and where they end.
    uint256 begin;
    uint256 end;
    /// Where their digests begin; 0 where only their hashes were posted.
    uint256 digests;
    bytes32 commitment;
}

using OpenBookLib for OpenBook global;

/// @title OpenBookLib
/// @notice Opens a book: copies it into memory and computes its commitment.
library OpenBookLib {
    uint256 private constant DIGEST_BYTES = 32;

    /// @notice Opens a book of which the digests' hashes are known. The 32 bytes from the orders' end on are free.
    /// @param batches The packed orders of each batch, reverts unless they are whole ones; or a packed cancellation
    /// (`BookLib`), in its place among the batches.
    /// @param digestsHashes The hash of each batch's digests, 0 for a cancellation: no digests have that hash.
    /// @param neutral Packed order that stands in the place of a cancelled one, see `OrderPairLib.neutralOrder`.
    function open(bytes[] calldata batches, bytes32[] memory digestsHashes, uint256 neutral)
        internal
        pure
        returns (OpenBook memory book)
    {
        if (batches.length != digestsHashes.length) {
            revert IMarket.BatchCountMismatch(batches.length, digestsHashes.length);
        }
        book.begin = _allocate(_sizeOf(batches) + 32);
        uint256 end = book.begin;
        bytes32 commitment = 0;
        // Where each batch's orders begin; 0 for a cancellation.
        uint256[] memory begins = new uint256[](batches.length);
        // Unchecked: an index below both lengths, and places in memory.
        unchecked {
            for (uint256 i = 0; i < batches.length; ++i) {
                bytes calldata packed = batches[i];
                uint256 count = packed.length / OrderLib.PACKED_BYTES;
                if (packed.length != count * OrderLib.PACKED_BYTES) revert IMarket.InvalidOrder();
                if (digestsHashes[i] == 0) {
                    commitment = _cancel(commitment, packed, batches, begins, neutral);
                    continue;
                }
                bytes32 batchCommitment = BookLib.batchCommitment(_copy(packed, end), digestsHashes[i]);
                commitment = BookLib.extend(commitment, batchCommitment, uint32(count));
                begins[i] = end;
                end += packed.length;
            }
        }
        book.end = end;
        book.commitment = commitment;
    }

    /// @notice Opens a book with its digests.
    /// @param digests The digests of each batch's orders, one behind the other, reverts unless there are as many; none
    /// for a cancellation.
    function openWithDigests(bytes[] calldata batches, bytes[] calldata digests, uint256 neutral)
        internal
        pure
        returns (OpenBook memory book)
    {
        uint256 end = _allocate(_sizeOf(digests));
        uint256 begin = end;
        bytes32[] memory hashes = new bytes32[](digests.length);
        for (uint256 i = 0; i < digests.length; ++i) {
            if (digests[i].length == 0) continue;
            hashes[i] = _copy(digests[i], end);
            end += digests[i].length;
        }
        book = open(batches, hashes, neutral);
        book.digests = begin;
        for (uint256 i = 0; i < batches.length; ++i) {
            if (hashes[i] == 0) continue;
            uint256 expected = batches[i].length / OrderLib.PACKED_BYTES * DIGEST_BYTES;
            if (digests[i].length != expected) revert IMarket.InvalidDigests(i, expected, digests[i].length);
        }
    }

    /// @notice The order at a place, in the lowest 96 bits; reverts where there is none.
    function order(OpenBook memory book, uint256 place) internal pure returns (uint256 packed) {
        // Unchecked: places have 32 bits.
        unchecked {
            uint256 position = book.begin + place * OrderLib.PACKED_BYTES;
            if (position >= book.end) revert IMarket.UnknownOrder(uint32(place));
            // Memory-safe: reads only.
            assembly ("memory-safe") {
                packed := shr(160, mload(position))
            }
        }
    }

    /// @notice Whether ties go to the order at place `first` rather than to the one at `second`: to the smaller digest,
    /// and among copies of one order to the smaller place. Never between a place and itself.
    /// @dev The caller makes sure that there are orders at these places, and digests.
    function precedes(OpenBook memory book, uint256 first, uint256 second) internal pure returns (bool) {
        uint256 digests = book.digests;
        uint256 one;
        uint256 other;
        // Memory-safe: reads only.
        assembly ("memory-safe") {
            one := mload(add(digests, shl(5, first)))
            other := mload(add(digests, shl(5, second)))
        }
        return one < other || (one == other && first < second);
    }

    /// @dev Puts a neutral order in the place of a cancelled one, where there is an order of that account, and returns
    /// the book's commitment with the cancellation in it. The batches before it are in memory already, and hashed.
    function _cancel(
        bytes32 commitment,
        bytes calldata packed,
        bytes[] calldata batches,
        uint256[] memory begins,
        uint256 neutral
    ) private pure returns (bytes32) {
        if (packed.length != OrderLib.PACKED_BYTES) revert IMarket.InvalidOrder();
        bytes12 cancellation = bytes12(packed);
        uint256 fields = uint96(cancellation);
        uint256 batch = fields >> 64;
        uint256 offset = (fields >> 32 & type(uint32).max) * OrderLib.PACKED_BYTES;
        if (batch < batches.length && begins[batch] != 0 && offset < batches[batch].length) {
            _replace(begins[batch] + offset, fields & type(uint32).max, neutral);
        }
        return BookLib.extend(commitment, BookLib.cancellationCommitment(cancellation), 0);
    }

    /// @dev Writes a packed order over the one at a position in memory, where that is of an account.
    function _replace(uint256 position, uint256 account, uint256 packed) private pure {
        // Memory-safe: 12 bytes of an order that `open` copied; what follows it is written back as it was.
        assembly ("memory-safe") {
            let word := mload(position)
            if eq(and(shr(224, word), 0x7fffffff), account) {
                mstore(position, or(shl(160, packed), and(word, sub(shl(160, 1), 1))))
            }
        }
    }

    /// @dev Bytes of all parts.
    function _sizeOf(bytes[] calldata parts) private pure returns (uint256 size) {
        // Unchecked: an index below the length, and lengths of 64 bits each.
        unchecked {
            for (uint256 i = 0; i < parts.length; ++i) {
                size += parts[i].length;
            }
        }
    }

    /// @dev Takes memory.
    function _allocate(uint256 size) private pure returns (uint256 begin) {
        // Memory-safe: moves the free memory pointer behind what is taken, to a multiple of 32.
        assembly ("memory-safe") {
            begin := mload(0x40)
            mstore(0x40, and(add(add(begin, size), 31), not(31)))
        }
    }

    /// @dev Copies to a place in memory, and hashes.
    function _copy(bytes calldata data, uint256 to) private pure returns (bytes32 hash) {
        // Memory-safe: into memory that `_allocate` took for all parts.
        assembly ("memory-safe") {
            calldatacopy(to, data.offset, data.length)
            hash := keccak256(to, data.length)
        }
    }
}
