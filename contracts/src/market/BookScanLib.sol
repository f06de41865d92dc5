// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderLib} from "./OrderLib.sol";
import {OrderPairLib} from "./OrderPairLib.sol";

/// @notice What one pass over a book, at one price, has seen so far.
/// @dev Amounts and bounds that the pass touches at every step are kept in two lanes, as `OrderPairLib` explains.
struct BookScan {
    /// The posted price, biased, in both lanes.
    uint256 price;
    /// The lowest and highest biased prices that lie nearer to the posted one than any order seen; both lanes.
    uint256 nearLow;
    uint256 nearHigh;
    /// Wh of bids at or above the price and of offers below it; per lane.
    uint256 willing;
    /// Wh of offers below the price; per lane.
    uint256 offersBelow;
    /// Bits that stay set while every order has an account and a quantity.
    uint256 wellFormed;
    /// Wh of bids and of offers exactly at the price.
    uint256 bidsAt;
    uint256 offersAt;
}

using BookScanLib for BookScan global;

/// @title BookScanLib
/// @notice One pass over a packed order book: what is bid and offered at and around one price, and which limit prices
/// lie next to it.
///
/// In plain words, for every order with limit `x`, quantity `q`, and the posted price `p`:
///
///     if (account == 0 || q == 0)            the book is malformed
///     if (bid   && x >= p)                   willing += q
///     if (offer && x <  p)                   willing += q and offersBelow += q
///     if (x == p)                            bidsAt or offersAt += q
///     if (x < p && x > highestBelow)         highestBelow = x
///     if (x > p && x < lowestAbove)          lowestAbove = x
///
/// The pass does this for two orders at once (`OrderPairLib`). A bid is willing if the guard of `x - p` is set and an
/// offer if it is not, so `guard xor side` is the bit that decides for both.
///
/// The last three lines of the rule matter to few orders: those with `nearLow <= x <= nearHigh`, a window that always
/// contains `p` and shrinks with every order that lies in it beside `p`. Two more subtractions tell whether one of the
/// two orders lies there; only then they are looked at one by one.
library BookScanLib {
    /// @notice Starts a pass at a price.
    /// @dev Orders beyond the tariff are as good as orders at its bounds (see `UniformPriceLib`), so the search for the
    /// neighbours of the price starts from there. The caller makes sure that `feedIn <= price <= retail`.
    /// @param price mct/kWh.
    /// @param feedIn Lower bound of the price, mct/kWh.
    /// @param retail Upper bound of the price, mct/kWh.
    function start(int32 price, int32 feedIn, int32 retail) internal pure returns (BookScan memory scan) {
        uint256 biasedPrice = OrderPairLib.bias(price);
        uint256 low = price == feedIn ? biasedPrice : OrderPairLib.bias(feedIn) + 1;
        uint256 high = price == retail ? biasedPrice : OrderPairLib.bias(retail) - 1;
        scan.price = OrderPairLib.LANES * biasedPrice;
        scan.nearLow = OrderPairLib.LANES * low;
        scan.nearHigh = _upperBound(high);
        scan.wellFormed = OrderPairLib.WELL_FORMED;
    }

    /// @notice Passes over orders in memory. There may be several parts, each passed over once.
    /// @param begin Where the first order is.
    /// @param end Where the last one ends. The 32 bytes from there on are overwritten.
    function pass(BookScan memory scan, uint256 begin, uint256 end) internal pure {
        uint256 filler = OrderPairLib.neutralOrder(OrderPairLib.laneB(scan.price));
        // Memory-safe: the caller took the memory behind the orders. Behind the last order there may be one more to
        // complete the pair: it has an account and a quantity, is not willing and no nearer to the price than the bounds
        // that the pass started from, so it changes nothing.
        assembly ("memory-safe") {
            mstore(end, shl(160, filler))
        }
        _passPairs(scan, begin, end);
    }

    /// @notice Wh of bids above the price.
    function bidsAbove(BookScan memory scan) internal pure returns (uint64) {
        return bidsAtOrAbove(scan) - uint64(scan.bidsAt);
    }

    /// @notice Wh of bids at or above the price.
    function bidsAtOrAbove(BookScan memory scan) internal pure returns (uint64) {
        return OrderPairLib.sumOfLanes(scan.willing) - offersBelowPrice(scan);
    }

    /// @notice Wh of offers below the price.
    function offersBelowPrice(BookScan memory scan) internal pure returns (uint64) {
        return OrderPairLib.sumOfLanes(scan.offersBelow);
    }

    /// @notice Wh of offers at or below the price.
    function offersAtOrBelow(BookScan memory scan) internal pure returns (uint64) {
        return offersBelowPrice(scan) + uint64(scan.offersAt);
    }

    /// @notice The highest limit price below the posted one, at least `feedIn`, mct/kWh.
    /// @dev Without meaning where the posted price is `feedIn`.
    function highestBelow(BookScan memory scan) internal pure returns (int256) {
        return OrderPairLib.unbias(OrderPairLib.laneB(scan.nearLow)) - 1;
    }

    /// @notice The lowest limit price above the posted one, at most `retail`, mct/kWh.
    /// @dev Without meaning where the posted price is `retail`.
    function lowestAbove(BookScan memory scan) internal pure returns (int256) {
        return OrderPairLib.unbias(OrderPairLib.laneB(scan.nearHigh)) + 1;
    }

    /// @notice Whether every order had an account and a quantity.
    function isWellFormed(BookScan memory scan) internal pure returns (bool) {
        return scan.wellFormed == OrderPairLib.WELL_FORMED;
    }

    /// @dev The loop. `position` and `end` bound the orders in memory.
    function _passPairs(BookScan memory scan, uint256 position, uint256 end) private pure {
        uint256 price = scan.price;
        uint256 nearLow = scan.nearLow;
        uint256 nearHigh = scan.nearHigh;
        uint256 willing = scan.willing;
        uint256 offersBelow = scan.offersBelow;
        uint256 wellFormed = scan.wellFormed;
        // Unchecked: every operation stays in its lane, as the head of `OrderPairLib` shows. A sum would leave its lane
        // after 2^32 orders, more than any block holds.
        unchecked {
            for (; position < end; position += OrderPairLib.BYTES) {
                uint256 pair;
                // Memory-safe: reads only.
                assembly ("memory-safe") {
                    pair := mload(position)
                }
                wellFormed &= ((pair & OrderPairLib.ACCOUNTS_AND_QUANTITIES) + OrderPairLib.ACCOUNTS_AND_QUANTITIES)
                    | (pair & OrderPairLib.QUANTITY_TOPS);

                uint256 limits = (pair & OrderPairLib.PRICES) ^ OrderPairLib.BIAS_AND_GUARDS;
                uint256 offers = (pair >> 63) & OrderPairLib.GUARDS;
                uint256 quantities = pair & ((((limits - price) & OrderPairLib.GUARDS) ^ offers) * OrderPairLib.FIELD);
                willing += quantities;
                offersBelow += quantities & (offers * OrderPairLib.FIELD);

                if ((limits - nearLow) & (nearHigh - limits) & OrderPairLib.GUARDS != 0) {
                    _look(scan, pair, limits, 160);
                    _look(scan, pair, limits, 64);
                    nearLow = scan.nearLow;
                    nearHigh = scan.nearHigh;
                }
            }
        }
        scan.willing = willing;
        scan.offersBelow = offersBelow;
        scan.wellFormed = wellFormed;
    }

    /// @dev Looks at one order of a pair: the one whose price field begins at bit `shift`.
    function _look(BookScan memory scan, uint256 pair, uint256 limits, uint256 shift) private pure {
        // Unchecked: limits are compared before they are moved by 1, so they stay within 32 bits; sums as in the loop.
        unchecked {
            uint256 limit = (limits >> shift) & OrderPairLib.FIELD;
            uint256 price = OrderPairLib.laneB(scan.price);
            if (limit == price) {
                uint256 quantity = (pair >> (shift + 32)) & OrderPairLib.FIELD;
                if ((pair >> (shift + 95)) & 1 == OrderLib.BID) scan.bidsAt += quantity;
                else scan.offersAt += quantity;
            } else if (limit < price) {
                if (limit >= OrderPairLib.laneB(scan.nearLow)) scan.nearLow = OrderPairLib.LANES * (limit + 1);
            } else {
                if (limit <= OrderPairLib.laneB(scan.nearHigh)) scan.nearHigh = _upperBound(limit - 1);
            }
        }
    }

    /// @dev A biased price in both lanes, with a bit above the guard: limits are subtracted from it with their guards
    /// set, and the guard of the difference is set exactly if the limit is not higher.
    function _upperBound(uint256 biased) private pure returns (uint256) {
        return OrderPairLib.LANES * biased + (OrderPairLib.GUARDS << 1);
    }
}
