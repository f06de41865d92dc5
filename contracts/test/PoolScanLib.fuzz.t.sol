// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoolScan, PoolScanLib} from "../src/market/PoolScanLib.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {Random} from "./base/Random.sol";
import {vm} from "./base/Vm.sol";

/// @notice The pools' two-lane pass at the ends of its fields, against plain sums and comparisons.
contract PoolScanLibFuzzTest {
    int256 private constant LOWEST = type(int32).min;
    int256 private constant HIGHEST = type(int32).max;

    /// @notice Limits at, beside and far from the price and the ends, the largest and smallest fields, in batches of any
    /// length, none included.
    function testFuzz_SeesWhatAPlainLoopSees(uint256 seed) public pure {
        Random memory random = Random(seed);
        int32 price = randomPrice(random);
        TestOrder[] memory orders = randomOrders(random, price, random.upTo(9));
        PoolScan memory scan = passed(orders, price, random);
        vm.assertTrue(scan.isWellFormed(), "well formed");
        vm.assertEq(scan.bids(), accepting(orders, BID, price), "bids");
        vm.assertEq(scan.offers(), accepting(orders, OFFER, price), "offers");
        if (price == LOWEST) return;
        vm.assertEq(scan.bidsBelow(), accepting(orders, BID, int256(price) - 1), "bids below");
        vm.assertEq(scan.offersBelow(), accepting(orders, OFFER, int256(price) - 1), "offers below");
    }

    /// @notice A missing account or quantity is seen wherever it stands, beside whatever else.
    function testFuzz_SeesAnyMalformedOrder(uint256 seed) public pure {
        Random memory random = Random(seed);
        int32 price = randomPrice(random);
        TestOrder[] memory orders = randomOrders(random, price, 1 + random.upTo(8));
        TestOrder memory malformed = orders[random.upTo(orders.length - 1)];
        if (random.oneIn(2)) malformed.account = 0;
        else malformed.quantity = 0;
        vm.assertFalse(passed(orders, price, random).isWellFormed(), "well formed");
    }

    /// @notice The largest quantities of a book far larger than any block carries stay in their lanes.
    function test_AddsUpTheLargestQuantities() public pure {
        uint256 count = 4_001;
        TestOrder[] memory orders = new TestOrder[](2 * count);
        for (uint256 i = 0; i < count; ++i) {
            // A bid at the price less 1, and an offer at the price.
            orders[i] = TestOrder(type(uint32).max / 2, BID, type(uint32).max, -1);
            orders[count + i] = TestOrder(type(uint32).max / 2, OFFER, type(uint32).max, 0);
        }
        PoolScan memory scan = PoolScanLib.start(0);
        pass(scan, Books.pack(orders));
        vm.assertEq(scan.bids(), 0, "bids");
        vm.assertEq(scan.bidsBelow(), count * type(uint32).max, "bids below");
        vm.assertEq(scan.offers(), count * type(uint32).max, "offers");
        vm.assertEq(scan.offersBelow(), 0, "offers below");
    }

    /* HELPERS */

    /// @dev The plain loop.
    function accepting(TestOrder[] memory orders, uint8 side, int256 price) private pure returns (uint256 energy) {
        for (uint256 i = 0; i < orders.length; ++i) {
            bool accepts = side == BID ? orders[i].price >= price : orders[i].price <= price;
            if (orders[i].side == side && accepts) energy += orders[i].quantity;
        }
    }

    /// @dev Cuts the book anywhere, so that batches are odd, even and empty.
    function passed(TestOrder[] memory orders, int32 price, Random memory random)
        private
        pure
        returns (PoolScan memory scan)
    {
        scan = PoolScanLib.start(price);
        uint256 cut = random.upTo(orders.length);
        TestOrder[] memory first = new TestOrder[](cut);
        TestOrder[] memory second = new TestOrder[](orders.length - cut);
        for (uint256 i = 0; i < orders.length; ++i) {
            if (i < cut) first[i] = orders[i];
            else second[i - cut] = orders[i];
        }
        pass(scan, Books.pack(first));
        pass(scan, Books.pack(second));
    }

    function pass(PoolScan memory scan, bytes memory packed) private pure {
        (uint256 begin, uint256 end) = Books.laidOut(packed);
        scan.pass(begin, end);
    }

    /// @dev Within 2 of an end or of zero, or anywhere.
    function randomPrice(Random memory random) private pure returns (int32) {
        int256[4] memory anchors = [LOWEST, 0, HIGHEST, random.between(LOWEST, HIGHEST)];
        return inRange(anchors[random.upTo(3)] + random.between(-2, 2));
    }

    function randomOrders(Random memory random, int32 price, uint256 count)
        private
        pure
        returns (TestOrder[] memory orders)
    {
        int256[4] memory anchors = [LOWEST, price, HIGHEST, 0];
        uint32[4] memory quantities = [1, uint32(1) << 31, (uint32(1) << 31) - 1, type(uint32).max];
        orders = new TestOrder[](count);
        for (uint256 i = 0; i < count; ++i) {
            anchors[3] = random.between(LOWEST, HIGHEST);
            orders[i].account = random.oneIn(2) ? 1 : type(uint32).max / 2;
            orders[i].side = random.oneIn(2) ? BID : OFFER;
            orders[i].quantity = quantities[random.upTo(3)];
            orders[i].price = inRange(anchors[random.upTo(3)] + random.between(-2, 2));
        }
    }

    function inRange(int256 price) private pure returns (int32) {
        return int32(price < LOWEST ? LOWEST : price > HIGHEST ? HIGHEST : price);
    }
}
