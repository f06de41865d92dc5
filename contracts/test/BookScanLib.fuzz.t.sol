// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BookScan, BookScanLib} from "../src/market/BookScanLib.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {Random} from "./base/Random.sol";
import {vm} from "./base/Vm.sol";

/// @notice The two-lane pass at the ends of its fields, against plain sums and comparisons.
contract BookScanLibFuzzTest {
    int256 private constant LOWEST = type(int32).min;
    int256 private constant HIGHEST = type(int32).max;

    /// @dev A tariff and a price within it.
    struct Prices {
        int32 feedIn;
        int32 price;
        int32 retail;
    }

    /// @notice Prices at, beside and far from each other and the ends, the largest and smallest fields, in batches of
    /// any length, none included.
    function testFuzz_SeesWhatAPlainLoopSees(uint256 seed) public view {
        Random memory random = Random(seed);
        Prices memory prices = randomPrices(random);
        TestOrder[] memory orders = randomOrders(random, prices, random.upTo(9));
        this.compare(Books.pack(orders), orders, prices, seed);
    }

    /// @notice A missing account or quantity is seen wherever it stands, beside whatever else.
    function testFuzz_SeesAnyMalformedOrder(uint256 seed) public view {
        Random memory random = Random(seed);
        Prices memory prices = randomPrices(random);
        TestOrder[] memory orders = randomOrders(random, prices, 1 + random.upTo(8));
        TestOrder memory malformed = orders[random.upTo(orders.length - 1)];
        if (random.oneIn(2)) malformed.account = 0;
        else malformed.quantity = 0;
        vm.assertFalse(this.isWellFormed(Books.pack(orders), prices, seed), "well formed");
    }

    /// @notice The largest quantities of a book far larger than any block carries stay in their lanes.
    function test_AddsUpTheLargestQuantities() public view {
        uint256 count = 10_001;
        bytes memory bids = repeated(TestOrder(type(uint32).max / 2, BID, type(uint32).max, int32(HIGHEST)), count);
        bytes memory offers = repeated(TestOrder(type(uint32).max / 2, OFFER, type(uint32).max, int32(LOWEST)), count);
        uint256 expected = count * type(uint32).max;
        vm.assertEq(this.sumOf(bids, offers, 0), expected, "bids above, offers below");
        vm.assertEq(this.sumOf(bids, offers, int32(HIGHEST)), expected, "bids at the highest price");
        vm.assertEq(this.sumOf(bids, offers, int32(LOWEST)), expected, "offers at the lowest price");
    }

    /* CALLED WITH CALLDATA */

    function compare(bytes calldata packed, TestOrder[] memory orders, Prices memory prices, uint256 seed)
        external
        pure
    {
        BookScan memory scan = scanInBatches(packed, prices, seed);
        vm.assertTrue(scan.isWellFormed(), "well formed");
        compareSums(scan, orders, prices.price);
        int256 highestBelow = prices.feedIn;
        int256 lowestAbove = prices.retail;
        for (uint256 i = 0; i < orders.length; ++i) {
            int256 limit = orders[i].price;
            if (limit < prices.price && limit > highestBelow) highestBelow = limit;
            if (limit > prices.price && limit < lowestAbove) lowestAbove = limit;
        }
        if (prices.price != prices.feedIn) vm.assertEq(scan.highestBelow(), highestBelow, "highest below");
        if (prices.price != prices.retail) vm.assertEq(scan.lowestAbove(), lowestAbove, "lowest above");
    }

    function isWellFormed(bytes calldata packed, Prices memory prices, uint256 seed) external pure returns (bool) {
        return scanInBatches(packed, prices, seed).isWellFormed();
    }

    /// @dev Two batches of odd length; what is bid at or above the price, which is also what is offered at or below it.
    function sumOf(bytes calldata bids, bytes calldata offers, int32 price) external pure returns (uint256) {
        BookScan memory scan = BookScanLib.start(price, int32(LOWEST), int32(HIGHEST));
        pass(scan, bids);
        pass(scan, offers);
        vm.assertTrue(scan.isWellFormed(), "well formed");
        vm.assertEq(scan.offersAtOrBelow(), scan.bidsAtOrAbove(), "offers and bids");
        return scan.bidsAtOrAbove();
    }

    /* HELPERS */

    function compareSums(BookScan memory scan, TestOrder[] memory orders, int32 price) private pure {
        uint256 above = 0;
        uint256 bidsAt = 0;
        uint256 below = 0;
        uint256 offersAt = 0;
        for (uint256 i = 0; i < orders.length; ++i) {
            TestOrder memory order = orders[i];
            if (order.side == BID && order.price > price) above += order.quantity;
            if (order.side == BID && order.price == price) bidsAt += order.quantity;
            if (order.side == OFFER && order.price < price) below += order.quantity;
            if (order.side == OFFER && order.price == price) offersAt += order.quantity;
        }
        vm.assertEq(scan.bidsAbove(), above, "bids above");
        vm.assertEq(scan.bidsAtOrAbove(), above + bidsAt, "bids at or above");
        vm.assertEq(scan.offersBelowPrice(), below, "offers below");
        vm.assertEq(scan.offersAtOrBelow(), below + offersAt, "offers at or below");
    }

    /// @dev Cuts the book anywhere, so that batches are odd, even and empty.
    function scanInBatches(bytes calldata packed, Prices memory prices, uint256 seed)
        private
        pure
        returns (BookScan memory scan)
    {
        Random memory random = Random(~seed);
        scan = BookScanLib.start(prices.price, prices.feedIn, prices.retail);
        uint256 from = 0;
        for (uint256 batch = 0; batch < 4; ++batch) {
            uint256 to = batch == 3 ? packed.length : from + 12 * random.upTo((packed.length - from) / 12);
            pass(scan, packed[from:to]);
            from = to;
        }
    }

    function pass(BookScan memory scan, bytes memory packed) private pure {
        (uint256 begin, uint256 end) = Books.laidOut(packed);
        scan.pass(begin, end);
    }

    function randomPrices(Random memory random) private pure returns (Prices memory prices) {
        prices.feedIn = randomPrice(random, LOWEST);
        prices.retail = randomPrice(random, prices.feedIn);
        prices.price = randomPrice(random, prices.feedIn);
        if (prices.price > prices.retail) (prices.price, prices.retail) = (prices.retail, prices.price);
        if (random.oneIn(4)) prices.price = prices.feedIn;
        else if (random.oneIn(4)) prices.price = prices.retail;
    }

    /// @dev Within 2 of `low`, of zero, of the highest price, or anywhere.
    function randomPrice(Random memory random, int256 low) private pure returns (int32) {
        int256 kind = random.between(0, 3);
        int256 anchor = kind == 0 ? low : kind == 1 ? HIGHEST : kind == 2 ? int256(0) : random.between(LOWEST, HIGHEST);
        return inRange(anchor + random.between(-2, 2), low);
    }

    function randomOrders(Random memory random, Prices memory prices, uint256 count)
        private
        pure
        returns (TestOrder[] memory orders)
    {
        int256[6] memory anchors = [LOWEST, prices.feedIn, prices.price, prices.retail, HIGHEST, 0];
        uint32[4] memory quantities = [1, uint32(1) << 31, (uint32(1) << 31) - 1, type(uint32).max];
        orders = new TestOrder[](count);
        for (uint256 i = 0; i < count; ++i) {
            anchors[5] = random.between(LOWEST, HIGHEST);
            orders[i].account = random.oneIn(2) ? 1 : type(uint32).max / 2;
            orders[i].side = random.oneIn(2) ? BID : OFFER;
            orders[i].quantity = quantities[random.upTo(3)];
            orders[i].price = inRange(anchors[random.upTo(5)] + random.between(-1, 1), LOWEST);
        }
    }

    function inRange(int256 price, int256 low) private pure returns (int32) {
        return int32(price < low ? low : price > HIGHEST ? HIGHEST : price);
    }

    function repeated(TestOrder memory order, uint256 count) private pure returns (bytes memory packed) {
        TestOrder[] memory orders = new TestOrder[](count);
        for (uint256 i = 0; i < count; ++i) {
            orders[i] = order;
        }
        return Books.pack(orders);
    }
}
