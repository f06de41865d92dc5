// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../../src/interval/IntervalLib.sol";
import {IMarket} from "../../src/market/IMarket.sol";
import {Books, TestOrder} from "./Books.sol";
import {CommunityTest} from "./CommunityTest.sol";
import {PayAsBidReference} from "./PayAsBidReference.sol";
import {vm} from "./Vm.sol";

/// @notice Pay-as-bid communities: books with digests, and results to post, built from the reference.
abstract contract PayAsBidTest is CommunityTest {
    /// @dev The digests of each batch, where they are known.
    mapping(IntervalId => bytes[]) internal digestListsOf;

    /// @dev Commits a part of a book.
    function commitWithDigests(IntervalId which, TestOrder[] memory orders, bytes32[] memory digests) internal {
        bytes memory packed = Books.pack(orders);
        bytes memory list = abi.encodePacked(digests);
        batchesOf[which].push(packed);
        digestListsOf[which].push(list);
        bytes32 batchCommitment = keccak256(bytes.concat(keccak256(packed), keccak256(list)));
        vm.prank(operator);
        market.commitOrders(which, batchCommitment, uint32(orders.length));
    }

    /// @dev Commits a book in batches of `size` orders, the last one perhaps shorter.
    function commitBook(IntervalId which, PayAsBidReference.Book memory book, uint256 size) internal {
        for (uint256 from = 0; from < book.orders.length; from += size) {
            uint256 count = book.orders.length - from < size ? book.orders.length - from : size;
            TestOrder[] memory orders = new TestOrder[](count);
            bytes32[] memory digests = new bytes32[](count);
            for (uint256 i = 0; i < count; ++i) {
                orders[i] = book.orders[from + i];
                digests[i] = book.digests[from + i];
            }
            commitWithDigests(which, orders, digests);
        }
    }

    function clearPayAsBid(IntervalId which, IMarket.PayAsBidResult memory result) internal {
        market.clearPayAsBid(which, batchesOf[which], digestListsOf[which], result);
    }

    /// @dev What is posted for a reference's result.
    function toPost(PayAsBidReference.Book memory book, PayAsBidReference.Result memory result)
        internal
        pure
        returns (IMarket.PayAsBidResult memory posted)
    {
        posted.price = result.price;
        posted.volume = uint64(result.volume);
        posted.bids = entries(book, result, result.bids);
        posted.offers = entries(book, result, result.offers);
        posted.lastExtra = uint32(result.lastExtra);
        posted.accounts = uint32(result.rows.length);
        if (result.volume != 0) posted.allocationHash = keccak256(packRows(result.rows));
    }

    function packRows(PayAsBidReference.Row[] memory rows) internal pure returns (bytes memory packed) {
        packed = new bytes(24 * rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            PayAsBidReference.Row memory row = rows[i];
            bytes memory one = abi.encodePacked(row.account, uint32(row.bought), uint32(row.sold), int96(row.payment));
            for (uint256 j = 0; j < 24; ++j) {
                packed[24 * i + j] = one[j];
            }
        }
    }

    function entries(
        PayAsBidReference.Book memory book,
        PayAsBidReference.Result memory result,
        uint256[] memory places
    ) private pure returns (bytes memory packed) {
        packed = new bytes(8 * places.length);
        for (uint256 i = 0; i < places.length; ++i) {
            uint256 row = result.fills[places[i]] == 0 ? 0 : rowOf(result.rows, book.orders[places[i]].account);
            writeEntry(packed, i, uint32(places[i]), uint32(row));
        }
    }

    function writeEntry(bytes memory packed, uint256 index, uint32 place, uint32 row) internal pure {
        bytes memory one = abi.encodePacked(place, row);
        for (uint256 j = 0; j < 8; ++j) {
            packed[8 * index + j] = one[j];
        }
    }

    /// @dev By halving, since rows ascend.
    function rowOf(PayAsBidReference.Row[] memory rows, uint32 account) internal pure returns (uint256 low) {
        uint256 high = rows.length;
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            if (rows[middle].account <= account) low = middle;
            else high = middle;
        }
    }
}
