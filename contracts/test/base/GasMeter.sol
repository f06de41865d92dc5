// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../../src/interval/IntervalLib.sol";
import {IMarket} from "../../src/market/IMarket.sol";
import {BID, Books, OFFER, TestOrder} from "./Books.sol";
import {PayAsBidReference} from "./PayAsBidReference.sol";
import {PayAsBidTest} from "./PayAsBidTest.sol";
import {Random} from "./Random.sol";
import {vm} from "./Vm.sol";

/// @notice Measures whole transactions and writes them to `snapshots/Gas.json`.
abstract contract GasMeter is PayAsBidTest {
    int32 internal constant FEED_IN = 8_000;
    int32 internal constant RETAIL = 30_000;

    /// @dev Geth and its kin take no larger transaction into their pools.
    uint256 internal constant LARGEST_TRANSACTION = 131_072;

    function measureClear(string memory name, TestOrder[] memory orders, uint256 batches) internal {
        uint256 state = vm.snapshotState();
        bytes memory packed = Books.pack(orders);
        uint256 size = packed.length / batches;
        for (uint256 i = 0; i < batches; ++i) {
            commit(interval, slice(packed, i * size, size));
        }
        vm.warp(GATE);
        (int32 price, uint64 volume) = solve();
        clear(price, volume);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        vm.revertToState(state);
        snapshotPer(name, "an order", orders.length, used);
    }

    /// @dev The result, found from the refusals, which name the price, the volume, or the side on which the price lies.
    function solve() private returns (int32 price, uint64 volume) {
        int32 low = FEED_IN;
        int32 high = RETAIL;
        price = (low + high) / 2;
        while (true) {
            (bool accepted, bytes memory reason) = tryClear(price, volume);
            if (accepted) return (price, volume);
            (uint256 first, uint256 second, uint256 third, uint256 fourth) = arguments(reason);
            bytes4 refusal = bytes4(reason);
            if (refusal == IMarket.VolumeMismatch.selector) {
                volume = uint64(first);
                continue;
            }
            if (refusal == IMarket.PriceRuleViolated.selector) {
                price = int32(int256(first));
                continue;
            }
            bool isTooLow = refusal == IMarket.PriceBelowRatio.selector
                || (refusal == IMarket.NotAnEquilibrium.selector && second > fourth);
            bool isTooHigh = refusal == IMarket.PriceNotLowest.selector
                || (refusal == IMarket.NotAnEquilibrium.selector && third > fourth);
            vm.assertTrue(isTooLow != isTooHigh, "refused for another reason");
            if (isTooLow) low = price + 1;
            else high = price - 1;
            price = (low + high) / 2;
        }
    }

    function tryClear(int32 price, uint64 volume) private returns (bool accepted, bytes memory reason) {
        uint256 state = vm.snapshotState();
        try market.clear(interval, batchesOf[interval], digestsOf[interval], price, volume) {
            accepted = true;
        } catch (bytes memory refusal) {
            reason = refusal;
        }
        vm.revertToState(state);
    }

    function arguments(bytes memory reason) internal pure returns (uint256, uint256, uint256, uint256) {
        bytes memory padded = slice(bytes.concat(reason, new bytes(128)), 4, 128);
        return abi.decode(padded, (uint256, uint256, uint256, uint256));
    }

    /// @dev `other` is an interval of a pay-as-bid community, under the same tariff.
    function measurePayAsBid(string memory name, IntervalId other, TestOrder[] memory orders) internal {
        uint256 state = vm.snapshotState();
        PayAsBidReference.Book memory book;
        book.orders = orders;
        book.digests = new bytes32[](orders.length);
        for (uint256 i = 0; i < orders.length; ++i) {
            book.digests[i] = keccak256(abi.encode("order", i));
        }
        (book.feedIn, book.retail, book.k) = (FEED_IN, RETAIL, 500);
        commit(orders);
        commitBook(other, book, 500);
        vm.warp(GATE);
        (int32 price, uint64 volume) = solve();
        IMarket.PayAsBidResult memory result = toPost(book, PayAsBidReference.clearAt(book, price, volume));
        clearPayAsBid(other, result);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        bytes memory data =
            abi.encodeCall(market.clearPayAsBid, (other, batchesOf[other], digestListsOf[other], result));
        vm.assertLe(data.length, LARGEST_TRANSACTION, name);
        vm.revertToState(state);
        snapshotPer(name, "an order", orders.length, used);
    }

    function commonBook(uint256 count) internal pure returns (TestOrder[] memory orders) {
        Random memory random = Random(2025);
        orders = new TestOrder[](count);
        for (uint256 i = 0; i < count; ++i) {
            orders[i].account = uint32(1 + random.upTo(19_999));
            orders[i].side = i % 2 == 0 ? BID : OFFER;
            orders[i].quantity = uint32(50 + random.upTo(4_950));
            orders[i].price = int32(random.between(FEED_IN, RETAIL));
        }
    }

    function slice(bytes memory data, uint256 from, uint256 length) internal pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            part[i] = data[from + i];
        }
    }

    function snapshot(string memory name) internal {
        vm.snapshotValue("Gas", name, vm.lastCallGas().gasTotalUsed);
    }

    function snapshotPer(string memory name, string memory unit, uint256 count) internal {
        snapshotPer(name, unit, count, vm.lastCallGas().gasTotalUsed);
    }

    function snapshotPer(string memory name, string memory unit, uint256 count, uint256 used) internal {
        vm.snapshotValue("Gas", name, used);
        vm.snapshotValue("Gas", string.concat(name, ": ", unit), used / count);
    }

    function text(uint256 number) internal pure returns (string memory digits) {
        while (number > 0) {
            digits = string.concat(string(abi.encodePacked(uint8(48 + number % 10))), digits);
            number /= 10;
        }
    }
}
