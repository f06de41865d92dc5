// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchOpeningLib} from "../src/disputes/BatchOpeningLib.sol";
import {IDisputes} from "../src/disputes/IDisputes.sol";
import {Random} from "./base/Random.sol";
import {vm} from "./base/Vm.sol";

/// @notice Batches of random books are proven, and nothing else is.
contract BatchOpeningLibFuzzTest {
    using BatchOpeningLib for IDisputes.BatchOpening;

    /// @dev A book as the market chains it, in plain hashes.
    struct Book {
        bytes32[] packedHashes;
        bytes[] digests;
        bytes32 commitment;
    }

    function testFuzz_FindsEveryPlace(uint256 seed, uint256 which, uint256 place) public view {
        Book memory book = randomBook(Random(seed));
        uint32 batch = uint32(which % book.digests.length);
        IDisputes.BatchOpening memory opening = openingOf(book, batch);
        uint32 batches = uint32(book.digests.length);
        uint256 count = book.digests[batch].length / 32;
        if (count == 0) {
            vm.assertEq(this.number(opening, book.commitment, batches), batch, "link without orders");
            return;
        }
        uint32 index = uint32(place % count);
        (uint32 found, bytes32 digest, uint256 orders) = this.read(opening, book.commitment, batches, index);
        vm.assertEq(found, batch, "batch");
        vm.assertEq(digest, word(book.digests[batch], index), "digest");
        vm.assertEq(orders, count, "orders");
    }

    function testFuzz_RefusesWhatIsChanged(uint256 seed, uint256 which, uint256 part, uint256 place) public {
        Book memory book = randomBook(Random(seed));
        uint32 batch = uint32(which % book.digests.length);
        IDisputes.BatchOpening memory opening = openingOf(book, batch);
        if (part % 4 == 0) opening.before ^= bytes32(uint256(1) << (place % 256));
        if (part % 4 == 1) opening.packedHash ^= bytes32(uint256(1) << (place % 256));
        if (part % 4 == 2 && opening.digests.length == 0) opening.digests = new bytes(32);
        else if (part % 4 == 2) opening.digests[place % opening.digests.length] ^= 0x01;
        if (part % 4 == 3) {
            if (opening.later.length == 0) opening.later = new bytes(36);
            else opening.later[place % opening.later.length] ^= 0x01;
        }
        vm.expectPartialRevert(IDisputes.BatchNotInBook.selector);
        this.number(opening, book.commitment, uint32(book.digests.length));
    }

    function testFuzz_RefusesHalfAPart(uint256 seed, uint256 digestsLength, uint256 laterLength) public {
        Book memory book = randomBook(Random(seed));
        IDisputes.BatchOpening memory opening = openingOf(book, 0);
        opening.digests = new bytes(digestsLength % 200);
        opening.packedHash = keccak256("another");
        opening.later = new bytes(laterLength % 200);
        bool whole = opening.digests.length % 32 == 0 && opening.later.length % 36 == 0;
        bytes4 reason = whole ? IDisputes.BatchNotInBook.selector : IDisputes.InvalidOpening.selector;
        vm.expectPartialRevert(reason);
        this.number(opening, book.commitment, uint32(book.digests.length));
    }

    function test_RefusesAPlaceThatIsNone() public {
        Book memory book = randomBook(Random(1));
        IDisputes.BatchOpening memory opening = openingOf(book, 0);
        vm.assertFalse(opening.digests.length == 0, "a batch with orders");
        uint32 count = uint32(book.digests[0].length / 32);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.UnknownPlace.selector, 0, count));
        this.read(opening, book.commitment, uint32(book.digests.length), count);
    }

    /// @dev External, as `read`, so that the opening is calldata.
    function number(IDisputes.BatchOpening calldata opening, bytes32 commitment, uint32 batches)
        external
        pure
        returns (uint32)
    {
        return opening.numberIn(commitment, batches);
    }

    function read(IDisputes.BatchOpening calldata opening, bytes32 commitment, uint32 batches, uint32 index)
        external
        pure
        returns (uint32 batch, bytes32 digest, uint256 count)
    {
        batch = opening.numberIn(commitment, batches);
        return (batch, opening.digestAt(batch, index), opening.countOf());
    }

    /* HELPERS */

    function randomBook(Random memory random) private pure returns (Book memory book) {
        uint256 batches = 1 + random.upTo(5);
        book.packedHashes = new bytes32[](batches);
        book.digests = new bytes[](batches);
        for (uint256 i = 0; i < batches; ++i) {
            book.packedHashes[i] = keccak256(abi.encode(random.upTo(1e18), i));
            // A link without orders now and then.
            uint256 count = random.upTo(6);
            for (uint256 k = 0; k < count; ++k) {
                book.digests[i] = bytes.concat(book.digests[i], keccak256(abi.encode(random.upTo(1e18), k)));
            }
            book.commitment = extend(book.commitment, commitmentOf(book, i), uint32(count));
        }
    }

    function openingOf(Book memory book, uint32 batch) private pure returns (IDisputes.BatchOpening memory opening) {
        for (uint256 i = 0; i < book.digests.length; ++i) {
            uint32 count = uint32(book.digests[i].length / 32);
            bytes32 commitment = commitmentOf(book, i);
            if (i < batch) opening.before = extend(opening.before, commitment, count);
            if (i > batch) opening.later = bytes.concat(opening.later, commitment, bytes4(count));
        }
        opening.packedHash = book.packedHashes[batch];
        opening.digests = book.digests[batch];
    }

    function commitmentOf(Book memory book, uint256 batch) private pure returns (bytes32) {
        if (book.digests[batch].length == 0) return book.packedHashes[batch];
        return keccak256(bytes.concat(book.packedHashes[batch], keccak256(book.digests[batch])));
    }

    function extend(bytes32 book, bytes32 commitment, uint32 count) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(book, commitment, count));
    }

    function word(bytes memory data, uint256 index) private pure returns (bytes32 found) {
        // Memory-safe: reads only, within the data.
        assembly ("memory-safe") {
            found := mload(add(add(data, 32), mul(index, 32)))
        }
    }
}
