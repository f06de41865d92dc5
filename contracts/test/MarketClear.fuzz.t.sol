// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/market/IMarket.sol";
import {BookScan, BookScanLib} from "../src/market/BookScanLib.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {Random} from "./base/Random.sol";
import {UniformPriceReference} from "./base/UniformPriceReference.sol";
import {vm} from "./base/Vm.sol";

/// @notice Clearing against a plain reference of the rule, on random books.
contract MarketClearFuzzTest is CommunityTest {
    int32 private constant LOWEST = type(int32).min;
    int32 private constant HIGHEST = type(int32).max;

    /// @dev A book and the tariff that bounds it.
    struct Case {
        TestOrder[] orders;
        int32 feedIn;
        int32 retail;
        uint16 k;
    }

    /* ONE FUZZ TEST PER KIND OF BOOK */

    /// @notice Limits from a handful of prices: ties everywhere, on both sides and at the margins.
    function testFuzz_ManyTies(uint256 seed) public {
        checkCase(Random(seed), -3, 3);
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
        checkCase(Random(seed), LOWEST, HIGHEST);
    }

    /// @notice Both ends of what 32 bits hold.
    function testFuzz_ExtremePrices(uint256 seed) public {
        checkCase(Random(seed), LOWEST, LOWEST + 2);
    }

    /// @notice The upper end of what 32 bits hold.
    function testFuzz_HighestPrices(uint256 seed) public {
        checkCase(Random(seed), HIGHEST - 2, HIGHEST);
    }

    /* THE SET OF ORDERS DECIDES */

    function testFuzz_TheSequenceOfOrdersDoesNotMatter(uint256 seed) public {
        Random memory random = Random(seed);
        Case memory book = randomCase(random, 5_000, 5_010);
        UniformPriceReference.Result memory result =
            UniformPriceReference.clear(book.orders, book.feedIn, book.retail, book.k);
        vm.assume(result.volume != 0);
        Books.shuffle(book.orders, random);
        open(book);
        clear(result.price, uint64(result.volume));
    }

    /* THE PASS */

    /// @notice The two-lane pass sees what a loop over unpacked orders sees, at any price.
    function testFuzz_ThePassSeesWhatAPlainLoopSees(uint256 seed, bool narrow) public view {
        Random memory random = Random(seed);
        int32 low = narrow ? LOWEST : LOWEST + int32(random.between(0, 5));
        Case memory book = randomCase(random, low, narrow ? low + 3 : HIGHEST);
        int32 price = int32(random.between(book.feedIn, book.retail));
        this.comparePass(Books.pack(book.orders), book.orders, price, book.feedIn, book.retail);
    }

    function comparePass(bytes calldata packed, TestOrder[] memory orders, int32 price, int32 feedIn, int32 retail)
        external
        pure
    {
        BookScan memory scan = BookScanLib.start(price, feedIn, retail);
        // In two batches, cut anywhere, since neither needs to be even.
        uint256 cut = 12 * (uint256(keccak256(packed)) % (orders.length + 1));
        (uint256 begin, uint256 end) = Books.laidOut(packed[:cut]);
        scan.pass(begin, end);
        (begin, end) = Books.laidOut(packed[cut:]);
        scan.pass(begin, end);

        uint256 bidsAbove = 0;
        uint256 bidsAt = 0;
        uint256 offersBelow = 0;
        uint256 offersAt = 0;
        int256 highestBelow = feedIn;
        int256 lowestAbove = retail;
        for (uint256 i = 0; i < orders.length; ++i) {
            TestOrder memory order = orders[i];
            if (order.side == BID && order.price > price) bidsAbove += order.quantity;
            if (order.side == BID && order.price == price) bidsAt += order.quantity;
            if (order.side == OFFER && order.price < price) offersBelow += order.quantity;
            if (order.side == OFFER && order.price == price) offersAt += order.quantity;
            if (order.price < price && order.price > highestBelow) highestBelow = order.price;
            if (order.price > price && order.price < lowestAbove) lowestAbove = order.price;
        }
        vm.assertTrue(scan.isWellFormed(), "well formed");
        vm.assertEq(scan.bidsAbove(), bidsAbove, "bids above");
        vm.assertEq(scan.bidsAtOrAbove(), bidsAbove + bidsAt, "bids at or above");
        vm.assertEq(scan.offersBelowPrice(), offersBelow, "offers below");
        vm.assertEq(scan.offersAtOrBelow(), offersBelow + offersAt, "offers at or below");
        if (price != feedIn) vm.assertEq(scan.highestBelow(), highestBelow, "highest below");
        if (price != retail) vm.assertEq(scan.lowestAbove(), lowestAbove, "lowest above");
    }

    /* HELPERS */

    function checkCase(Random memory random, int32 low, int32 high) private {
        Case memory book = randomCase(random, low, high);
        UniformPriceReference.Result memory result =
            UniformPriceReference.clear(book.orders, book.feedIn, book.retail, book.k);
        open(book);
        if (result.volume == 0) checkNoTrade(book, random);
        else checkTrade(book, result, random);
    }

    function checkTrade(Case memory book, UniformPriceReference.Result memory result, Random memory random) private {
        uint64 volume = uint64(result.volume);
        for (int256 step = -2; step <= 2; ++step) {
            checkWrongPrice(book, result, int256(result.price) + step);
        }
        checkWrongPrice(book, result, result.low - 1);
        checkWrongPrice(book, result, result.low);
        checkWrongPrice(book, result, result.high);
        checkWrongPrice(book, result, result.high + 1);
        for (uint256 i = 0; i < 4; ++i) {
            checkWrongPrice(book, result, random.between(book.feedIn, book.retail));
        }
        checkWrongVolume(result.price, volume, volume + 1);
        checkWrongVolume(result.price, volume, volume - 1);
        checkWrongVolume(result.price, volume, uint64(random.upTo(type(uint64).max)));
        clear(result.price, volume);
    }

    /// @dev Refused by the right name: outside the interval no equilibrium, inside not the rule's price.
    function checkWrongPrice(Case memory book, UniformPriceReference.Result memory result, int256 price) private {
        if (price == result.price || price < book.feedIn || price > book.retail) return;
        bool inside = result.low <= price && price <= result.high;
        if (inside) {
            vm.expectRevert(abi.encodeWithSelector(IMarket.PriceRuleViolated.selector, result.price, int32(price)));
        } else {
            vm.expectPartialRevert(IMarket.NotAnEquilibrium.selector);
        }
        clear(int32(price), uint64(result.volume));
    }

    function checkWrongVolume(int32 price, uint64 volume, uint64 wrong) private {
        if (wrong == volume) return;
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, volume, wrong));
        clear(price, wrong);
    }

    /// @dev Every price that separates bids from offers proves it, and no other one.
    function checkNoTrade(Case memory book, Random memory random) private {
        for (uint256 i = 0; i < 8; ++i) {
            int32 price = int32(random.between(book.feedIn, book.retail));
            uint256 state = vm.snapshotState();
            if (!UniformPriceReference.separates(book.orders, price, book.feedIn, book.retail)) {
                vm.expectPartialRevert(IMarket.NotAnEquilibrium.selector);
            }
            clear(price, 0);
            vm.revertToState(state);
        }
        int32 separator = UniformPriceReference.separator(book.orders, book.feedIn, book.retail);
        checkWrongVolume(separator, 0, uint64(1 + random.upTo(type(uint64).max - 1)));
        clear(separator, 0);
    }

    /// @dev A book of up to 16 orders with limits from `low` to `high`, and a tariff within; sometimes a single price.
    function randomCase(Random memory random, int32 low, int32 high) private pure returns (Case memory book) {
        book.orders = Books.random(random, random.upTo(16), low, high, random.oneIn(2));
        book.feedIn = int32(random.between(low, high));
        book.retail = random.oneIn(8) ? book.feedIn : int32(random.between(book.feedIn, high));
        if (random.oneIn(2)) (book.feedIn, book.retail) = (low, high);
        book.k = random.oneIn(3) ? 500 : random.oneIn(4) ? 0 : random.oneIn(3) ? 1000 : uint16(random.upTo(1000));
    }

    /// @dev Commits the book, in a community of its own, in a few batches and closes the gate.
    function open(Case memory book) private {
        interval = otherCommunity(COMMUNITY + 1, UNIFORM_PRICE, book.k);
        postTariff(book.feedIn, book.retail);
        uint256 from = 0;
        while (from < book.orders.length) {
            uint256 count = 1 + uint256(keccak256(abi.encode(from, book.orders))) % (book.orders.length - from);
            TestOrder[] memory batch = new TestOrder[](count);
            for (uint256 i = 0; i < count; ++i) {
                batch[i] = book.orders[from + i];
            }
            commit(batch);
            from += count;
        }
        vm.warp(GATE);
    }
}
