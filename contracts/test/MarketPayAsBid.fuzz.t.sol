// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/market/IMarket.sol";
import {Books} from "./base/Books.sol";
import {PayAsBidReference} from "./base/PayAsBidReference.sol";
import {PayAsBidTest} from "./base/PayAsBidTest.sol";
import {Random} from "./base/Random.sol";
import {UniformPriceReference} from "./base/UniformPriceReference.sol";
import {vm} from "./base/Vm.sol";

/// @notice Pay-as-bid against a plain reference of the rule, on random books: the reference's result is accepted, any other
/// one is refused, and nothing that anybody posts records another allocation.
contract MarketPayAsBidFuzzTest is PayAsBidTest {
    /// @dev A result, and a part of it that shall be wrong.
    enum Part {
        Price,
        Volume,
        Hash,
        Accounts,
        Dropped,
        Doubled,
        Swapped,
        Replaced,
        Row,
        LastExtra
    }

    /* ONE FUZZ TEST PER KIND OF BOOK */

    /// @notice Limits from a handful of prices, few digests: ties everywhere, to the last place.
    function testFuzz_ManyTies(uint256 seed) public {
        checkCase(Random(seed), -3, 3);
    }

    /// @notice All at one price.
    function testFuzz_OnePrice(uint256 seed) public {
        checkCase(Random(seed), 20_000, 20_000);
    }

    /// @notice Limits as they are in practice, ct/kWh with three decimals.
    function testFuzz_CommonPrices(uint256 seed) public {
        checkCase(Random(seed), 5_000, 35_000);
    }

    /// @notice Wholesale prices below zero.
    function testFuzz_NegativePrices(uint256 seed) public {
        checkCase(Random(seed), -20_000, 100);
    }

    /// @notice All that 32 bits hold.
    function testFuzz_AllPrices(uint256 seed) public {
        checkCase(Random(seed), type(int32).min, type(int32).max);
    }

    /// @notice The upper end of what 32 bits hold.
    function testFuzz_HighestPrices(uint256 seed) public {
        checkCase(Random(seed), type(int32).max - 2, type(int32).max);
    }

    /* THE REFERENCE */

    /// @notice The reference keeps what the rule promises: each pair between its limits, nobody above the own quantity,
    /// energy and money balanced.
    function testFuzz_TheReferenceKeepsItsPromises(uint256 seed) public pure {
        PayAsBidReference.Book memory book = randomBook(Random(seed), 5_000, 5_040);
        PayAsBidReference.Result memory result = PayAsBidReference.clear(book);
        uint256 bought = 0;
        int256 money = 0;
        for (uint256 i = 0; i < book.orders.length; ++i) {
            int256 atLimit = int256(result.fills[i]) * PayAsBidReference.limitOf(book, i);
            if (book.orders[i].side == 1) atLimit = -atLimit;
            else bought += result.fills[i];
            vm.assertLe(result.fills[i], book.orders[i].quantity, "quantity");
            vm.assertTrue(result.payments[i] <= atLimit, "limit");
            money += result.payments[i];
        }
        vm.assertEq(bought, result.volume, "energy");
        vm.assertEq(money, 0, "money");
    }

    /* HELPERS */

    function checkCase(Random memory random, int32 low, int32 high) private {
        PayAsBidReference.Book memory book = randomBook(random, low, high);
        interval = otherCommunity(COMMUNITY + 1, PAY_AS_BID, book.k);
        postTariff(interval, book.feedIn, book.retail);
        commitBook(interval, book, 1 + random.upTo(8));
        vm.warp(GATE);
        PayAsBidReference.Result memory result = PayAsBidReference.clear(book);
        if (result.volume == 0) checkNoTrade(book);
        else if (isTooMuch(result.rows)) expectRefused(book, result, IMarket.TooMuchTradedEnergy.selector);
        else checkTrade(book, result, random);
    }

    function checkNoTrade(PayAsBidReference.Book memory book) private {
        IMarket.PayAsBidResult memory posted;
        posted.price = UniformPriceReference.separator(book.orders, book.feedIn, book.retail);
        clearPayAsBid(interval, posted);
        vm.assertEq(market.allocationHash(interval), 0, "allocation");
    }

    function checkTrade(
        PayAsBidReference.Book memory book,
        PayAsBidReference.Result memory result,
        Random memory random
    ) private {
        bytes32 allocation = keccak256(packRows(result.rows));
        for (uint8 part = 0; part <= uint8(type(Part).max); ++part) {
            IMarket.PayAsBidResult memory wrong = toPost(book, result);
            if (random.oneIn(2) || !spoil(wrong, Part(part), random)) continue;
            bool accepted = isAccepted(wrong, allocation);
            // Which row a share of nothing names, and who ranks last among those with nothing left over, is all the same.
            vm.assertFalse(accepted && part < uint8(Part.Replaced), "a wrong result was accepted");
        }
        clearPayAsBid(interval, toPost(book, result));
        vm.assertEq(market.allocationHash(interval), allocation, "allocation");
    }

    /// @dev Posts a result, and, where only the hash is refused, posts it with the hash that the contract proved: whatever
    /// is accepted in the end, it is the allocation. Changes nothing.
    function isAccepted(IMarket.PayAsBidResult memory posted, bytes32 allocation) private returns (bool accepted) {
        uint256 state = vm.snapshotState();
        try market.clearPayAsBid(interval, batchesOf[interval], digestListsOf[interval], posted) {
            accepted = true;
            vm.assertEq(market.allocationHash(interval), allocation, "another allocation was recorded");
        } catch (bytes memory reason) {
            if (bytes4(reason) == IMarket.AllocationHashMismatch.selector) {
                bytes32 proven;
                // Memory-safe: reads the first argument.
                assembly ("memory-safe") {
                    proven := mload(add(reason, 36))
                }
                vm.assertEq(proven, allocation, "another allocation was proven");
            }
        }
        vm.revertToState(state);
    }

    /// @dev Makes a part wrong; false where there is no way to.
    function spoil(IMarket.PayAsBidResult memory posted, Part part, Random memory random) private pure returns (bool) {
        if (part == Part.Price) posted.price ^= int32(uint32(1 + random.upTo(6)));
        else if (part == Part.Volume) posted.volume ^= uint64(1 << random.upTo(40));
        else if (part == Part.Hash) posted.allocationHash ^= bytes32(1 << random.upTo(255));
        else if (part == Part.Accounts) posted.accounts ^= uint32(1 << random.upTo(4));
        else if (part == Part.LastExtra) posted.lastExtra = uint32(random.upTo(20));
        else return spoilList(random.oneIn(2) ? posted.bids : posted.offers, posted, part, random);
        return true;
    }

    function spoilList(bytes memory list, IMarket.PayAsBidResult memory posted, Part part, Random memory random)
        private
        pure
        returns (bool)
    {
        uint256 count = list.length / 8;
        uint256 index = random.upTo(count - 1);
        uint256 other = random.upTo(count - 1);
        if (part == Part.Dropped) {
            replace(posted, list, bytes.concat(slice(list, 0, index), slice(list, index + 1, count)));
        } else if (part == Part.Doubled) {
            replace(posted, list, bytes.concat(slice(list, 0, index + 1), slice(list, index, count)));
        } else if (part == Part.Swapped) {
            if (index == other) return false;
            (bytes memory one, bytes memory two) = (slice(list, index, index + 1), slice(list, other, other + 1));
            overwrite(list, index, two);
            overwrite(list, other, one);
        } else if (part == Part.Replaced) {
            list[8 * index + 3] = bytes1(uint8(random.upTo(16)));
        } else {
            list[8 * index + 7] = bytes1(uint8(random.upTo(16)));
        }
        return true;
    }

    function replace(IMarket.PayAsBidResult memory posted, bytes memory list, bytes memory by) private pure {
        if (keccak256(posted.bids) == keccak256(list)) posted.bids = by;
        else posted.offers = by;
    }

    function overwrite(bytes memory list, uint256 index, bytes memory entry) private pure {
        for (uint256 i = 0; i < 8; ++i) {
            list[8 * index + i] = entry[i];
        }
    }

    function slice(bytes memory list, uint256 from, uint256 to) private pure returns (bytes memory entries_) {
        entries_ = new bytes(8 * (to - from));
        for (uint256 i = 0; i < entries_.length; ++i) {
            entries_[i] = list[8 * from + i];
        }
    }

    function expectRefused(PayAsBidReference.Book memory book, PayAsBidReference.Result memory result, bytes4 reason)
        private
    {
        IMarket.PayAsBidResult memory posted = toPost(book, result);
        vm.expectPartialRevert(reason);
        clearPayAsBid(interval, posted);
    }

    function isTooMuch(PayAsBidReference.Row[] memory rows) private pure returns (bool) {
        for (uint256 i = 0; i < rows.length; ++i) {
            if (rows[i].bought > type(uint32).max || rows[i].sold > type(uint32).max) return true;
        }
        return false;
    }

    /// @dev Up to 16 orders of few accounts or many, and digests of which some are equal.
    function randomBook(Random memory random, int32 low, int32 high)
        private
        pure
        returns (PayAsBidReference.Book memory book)
    {
        book.orders = Books.random(random, random.upTo(16), low, high, random.oneIn(2));
        book.digests = new bytes32[](book.orders.length);
        uint256 digests = random.oneIn(2) ? 3 : 1e9;
        for (uint256 i = 0; i < book.orders.length; ++i) {
            if (random.oneIn(2)) book.orders[i].account = uint32(2 + random.upTo(4));
            book.digests[i] = keccak256(abi.encode(random.upTo(digests)));
        }
        book.feedIn = int32(random.between(low, high));
        book.retail = random.oneIn(8) ? book.feedIn : int32(random.between(book.feedIn, high));
        if (random.oneIn(2)) (book.feedIn, book.retail) = (low, high);
        book.k = random.oneIn(4) ? 0 : random.oneIn(3) ? 1000 : uint16(random.upTo(1000));
    }
}
