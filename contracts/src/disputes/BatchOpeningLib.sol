// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BookLib} from "../market/BookLib.sol";
import {IDisputes} from "./IDisputes.sol";

/// @title BatchOpeningLib
/// @notice Proves a batch of a book: from what was before it, itself and what came after, the book's commitment follows.
/// @dev Each batch's commitment is hashed together with everything before it, so that whoever knows the last one fixes
/// all: a batch that leads to it through `n` later ones is the one that has `n` behind it.
library BatchOpeningLib {
    uint256 private constant DIGEST_BYTES = 32;
    uint256 private constant LATER_BYTES = 36;

    /// @notice The batch's number; reverts unless it is one of the book.
    /// @param commitment Of the whole book.
    /// @param batches How many the book has.
    function numberIn(IDisputes.BatchOpening calldata opening, bytes32 commitment, uint32 batches)
        internal
        pure
        returns (uint32)
    {
        bytes calldata later = opening.later;
        if (opening.digests.length % DIGEST_BYTES != 0 || later.length % LATER_BYTES != 0) {
            revert IDisputes.InvalidOpening(opening.digests.length, later.length);
        }
        bytes32 reached = BookLib.extend(opening.before, _ownCommitment(opening), uint32(countOf(opening)));
        for (uint256 i = 0; i < later.length; i += LATER_BYTES) {
            reached = BookLib.extend(reached, bytes32(later[i:i + 32]), uint32(bytes4(later[i + 32:i + LATER_BYTES])));
        }
        if (reached != commitment) revert IDisputes.BatchNotInBook(commitment, reached);
        // The book's commitment is reached through as many batches as there are behind this one.
        return uint32(batches - 1 - later.length / LATER_BYTES);
    }

    /// @notice How many orders the batch has.
    function countOf(IDisputes.BatchOpening calldata opening) internal pure returns (uint256) {
        return opening.digests.length / DIGEST_BYTES;
    }

    /// @notice The digest of the batch's order at `index`; reverts where there is none.
    /// @param batch The batch's number, for the error.
    function digestAt(IDisputes.BatchOpening calldata opening, uint32 batch, uint32 index)
        internal
        pure
        returns (bytes32)
    {
        if (index >= countOf(opening)) revert IDisputes.UnknownPlace(batch, index);
        uint256 from = uint256(index) * DIGEST_BYTES;
        return bytes32(opening.digests[from:from + DIGEST_BYTES]);
    }

    /// @dev The commitment of a link without orders is not of a batch's form; whatever it is, its number is not theirs.
    function _ownCommitment(IDisputes.BatchOpening calldata opening) private pure returns (bytes32) {
        if (opening.digests.length == 0) return opening.packedHash;
        return BookLib.batchCommitment(opening.packedHash, keccak256(opening.digests));
    }
}
