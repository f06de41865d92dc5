// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/market/IMarket.sol";
import {Books, TestOrder} from "./base/Books.sol";
import {PayAsBidReference} from "./base/PayAsBidReference.sol";
import {PayAsBidTest} from "./base/PayAsBidTest.sol";
import {PoolReference} from "./base/PoolReference.sol";
import {Random} from "./base/Random.sol";
import {UniformPriceReference} from "./base/UniformPriceReference.sol";
import {vm} from "./base/Vm.sol";

/// @notice A book with cancellations clears as the book without the cancelled orders does, by every mechanism, on random
/// books: with cancellations of others' orders, of none, and twice of the same among them.
contract MarketCancelledFuzzTest is PayAsBidTest {
    /// @dev A book, which of its orders are cancelled, and the place in the book of each that is left.
    struct Case {
        PayAsBidReference.Book book;
        bool[] cancelled;
        PayAsBidReference.Book left;
        uint256[] places;
        uint256 batchSize;
    }

    /* ONE FUZZ TEST PER MECHANISM */

    function testFuzz_UniformPrice(uint256 seed) public {
        Random memory random = Random(seed);
        Case memory one = randomCase(random);
        one.left.k = uint16(random.upTo(1_000));
        UniformPriceReference.Result memory result =
            UniformPriceReference.clear(one.left.orders, one.left.feedIn, one.left.retail, one.left.k);
        if (result.volume == 0) {
            result.price = UniformPriceReference.separator(one.left.orders, one.left.feedIn, one.left.retail);
        }
        open(one, UNIFORM_PRICE, one.left.k, random);
        check(result.price, result.volume, random);
    }

    function testFuzz_MidMarketRate(uint256 seed) public {
        Random memory random = Random(seed);
        Case memory one = randomCase(random);
        checkPool(one, MID_MARKET_RATE, PoolReference.midMarketRate(one.left.feedIn, one.left.retail), random);
    }

    function testFuzz_BillSharing(uint256 seed) public {
        Random memory random = Random(seed);
        Case memory one = randomCase(random);
        checkPool(one, BILL_SHARING, PoolReference.billSharing(one.left.feedIn, one.left.retail), random);
    }

    function testFuzz_SupplyDemandRatio(uint256 seed) public {
        Random memory random = Random(seed);
        Case memory one = randomCase(random);
        int32 price = PoolReference.supplyDemandRatioByHalving(one.left.orders, one.left.feedIn, one.left.retail);
        checkPool(one, SUPPLY_DEMAND_RATIO, price, random);
    }

    function testFuzz_PayAsBid(uint256 seed) public {
        Random memory random = Random(seed);
        Case memory one = randomCase(random);
        PayAsBidReference.Result memory result = PayAsBidReference.clear(one.left);
        IMarket.PayAsBidResult memory posted = toPost(one.left, result);
        if (result.volume == 0) {
            posted.price = UniformPriceReference.separator(one.left.orders, one.left.feedIn, one.left.retail);
        }
        rename(posted.bids, one.places);
        rename(posted.offers, one.places);
        if (result.lastExtra != PayAsBidReference.NONE) posted.lastExtra = uint32(one.places[result.lastExtra]);
        open(one, PAY_AS_BID, one.left.k, random);
        clearPayAsBid(interval, posted);
        vm.assertEq(market.allocationHash(interval), posted.allocationHash, "allocation");
    }

    /* HELPERS */

    function checkPool(Case memory one, bytes32 mechanism, int32 price, Random memory random) private {
        open(one, mechanism, 0, random);
        uint256 volume = UniformPriceReference.executableAt(one.left.orders, price, one.left.feedIn, one.left.retail);
        check(price, volume, random);
    }

    function check(int32 price, uint256 volume, Random memory random) private {
        uint64 wrong = uint64(volume) ^ uint64(1 << random.upTo(40));
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, volume, wrong));
        clear(price, wrong);
        clear(price, uint64(volume));
        (,,,, uint64 recorded,) = market.priceRecord(interval);
        vm.assertEq(recorded, volume, "volume");
    }

    /// @dev Prices from a handful, in practice's range, or at the ends of what 32 bits hold; quantities that a position
    /// holds, whoever trades.
    function randomCase(Random memory random) private pure returns (Case memory one) {
        (int32 low, int32 high) = randomRange(random);
        PayAsBidReference.Book memory book = one.book;
        book.orders = Books.random(random, random.upTo(14), low, high, true);
        book.digests = new bytes32[](book.orders.length);
        one.cancelled = new bool[](book.orders.length);
        for (uint256 i = 0; i < book.orders.length; ++i) {
            book.orders[i].account = uint32(1 + random.upTo(4));
            book.digests[i] = keccak256(abi.encode(random.upTo(3)));
            one.cancelled[i] = random.oneIn(3);
        }
        book.feedIn = int32(random.between(low, high));
        book.retail = int32(random.between(book.feedIn, high));
        if (random.oneIn(2)) (book.feedIn, book.retail) = (low, high);
        book.k = uint16(random.upTo(1_000));
        one.batchSize = 1 + random.upTo(5);
        keep(one);
    }

    function randomRange(Random memory random) private pure returns (int32 low, int32 high) {
        uint256 kind = random.upTo(4);
        if (kind == 0) return (-3, 3);
        if (kind == 1) return (5_000, 35_000);
        if (kind == 2) return (type(int32).min, type(int32).min + 2);
        if (kind == 3) return (type(int32).max - 2, type(int32).max);
        return (type(int32).min, type(int32).max);
    }

    /// @dev The book without the cancelled orders.
    function keep(Case memory one) private pure {
        uint256 count = 0;
        for (uint256 i = 0; i < one.cancelled.length; ++i) {
            if (!one.cancelled[i]) ++count;
        }
        PayAsBidReference.Book memory left = one.left;
        (left.orders, left.digests) = (new TestOrder[](count), new bytes32[](count));
        (left.feedIn, left.retail, left.k) = (one.book.feedIn, one.book.retail, one.book.k);
        one.places = new uint256[](count);
        uint256 next = 0;
        for (uint256 i = 0; i < one.cancelled.length; ++i) {
            if (one.cancelled[i]) continue;
            (left.orders[next], left.digests[next]) = (one.book.orders[i], one.book.digests[i]);
            one.places[next++] = i;
        }
    }

    /// @dev Commits the whole book and cancels, in a community of its own, and closes the gate.
    function open(Case memory one, bytes32 mechanism, uint16 k, Random memory random) private {
        interval = otherCommunity(COMMUNITY + 1, mechanism, k);
        postTariff(one.book.feedIn, one.book.retail);
        uint256 size = one.batchSize;
        commitBook(interval, one.book, size);
        if (one.cancelled.length != 0) cancelNothing(one, random);
        for (uint256 i = 0; i < one.cancelled.length; ++i) {
            if (!one.cancelled[i]) continue;
            cancel(uint32(i / size), uint32(i % size), one.book.orders[i].account);
            if (random.oneIn(4)) cancel(uint32(i / size), uint32(i % size), one.book.orders[i].account);
        }
        for (uint256 i = 0; i < batchesOf[interval].length; ++i) {
            bytes memory digests = digestListsOf[interval][i];
            digestsOf[interval].push(digests.length == 0 ? bytes32(0) : keccak256(digests));
        }
        vm.warp(GATE);
    }

    /// @dev Cancels an order of somebody else, one behind a batch's end, and a cancellation.
    function cancelNothing(Case memory one, Random memory random) private {
        uint256 place = random.upTo(one.cancelled.length - 1);
        uint32 batch = uint32(place / one.batchSize);
        cancel(batch, uint32(place % one.batchSize), one.book.orders[place].account + 1);
        cancel(batch, uint32(one.batchSize), one.book.orders[place].account);
        cancel(uint32(batchesOf[interval].length - 1), 0, one.book.orders[place].account);
    }

    function cancel(uint32 batch, uint32 index, uint32 account) private {
        vm.prank(address(orderEntry));
        market.enterCancellation(interval, account, batch, index);
        batchesOf[interval].push(abi.encodePacked(batch, index, account));
        digestListsOf[interval].push("");
    }

    /// @dev Names orders by their places in the whole book.
    function rename(bytes memory list, uint256[] memory places) private pure {
        for (uint256 i = 0; i < list.length; i += 8) {
            uint256 place = (uint256(uint8(list[i + 2])) << 8) | uint8(list[i + 3]);
            writeEntry(list, i / 8, uint32(places[place]), uint32(uint8(list[i + 7])));
        }
    }
}
