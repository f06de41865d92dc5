// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderLib} from "./OrderLib.sol";

/// @notice What one pass over a book, at one price, has seen so far.
/// @dev Amounts and bounds that the pass touches at every step are kept in two lanes, as `BookScanLib` explains.
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
/// The pass does this for two orders at once, since a 32-byte word holds two whole orders of 12 bytes:
///
///     bits  255      254..224  223..192   191..160  | 159      158..128  127..96    95..64   | 63..0
///           side A   account A quantity A price A   | side B   account B quantity B price B  | (not ours)
///
/// A field is masked where it stands and both lanes are computed in one operation. Prices are compared by subtraction:
/// they are biased by 2^31, which makes them unsigned in the same order, and bit 192 (96 for B), the guard, is set
/// above the minuend. After `x - p` the guard is still set exactly if `x >= p`; no borrow leaves the lane. A bid is
/// willing if the guard is set and an offer if it is not, so `guard xor side` is the bit that decides for both. That
/// bit times 2^32 - 1 masks the quantity, which is added where it stands: lane A has 64 bits for its sum, lane B 96.
///
/// The last three lines of the rule matter to few orders: those with `nearLow <= x <= nearHigh`, a window that always
/// contains `p` and shrinks with every order that lies in it beside `p`. Two more subtractions tell whether one of the
/// two orders lies there; only then they are looked at one by one.
library BookScanLib {
    /// Both lanes of a 1 below the price field, to multiply a price by.
    uint256 private constant LANES = (1 << 160) | (1 << 64);

    /// The bit above the price field.
    uint256 private constant GUARDS = LANES << 32;

    /// 32 bits: masks a field when multiplied by its lowest bit.
    uint256 private constant FIELD = 0xffffffff;

    uint256 private constant PRICES = LANES * FIELD;

    /// Biases a price and sets its guard.
    uint256 private constant BIAS_AND_GUARDS = (LANES << 31) | GUARDS;

    /// The account (31 bits) and the lower 31 bits of the quantity. Added to these fields it carries into bit 31 of
    /// each unless the field is 0.
    uint256 private constant ACCOUNTS_AND_QUANTITIES = (LANES << 32 | LANES << 64) * 0x7fffffff;

    /// The highest bit of the quantity.
    uint256 private constant QUANTITY_TOPS = LANES << 63;

    /// Bit 31 of account and quantity.
    uint256 private constant WELL_FORMED = QUANTITY_TOPS | (LANES << 95);

    uint256 private constant PAIR_BYTES = 2 * OrderLib.PACKED_BYTES;

    /// A bid of 1 Wh at the lowest price and an offer of 1 Wh at the highest one, account 1, as packed orders.
    uint256 private constant LOWEST_BID = 0x000000010000000180000000;
    uint256 private constant HIGHEST_OFFER = 0x80000001000000017fffffff;

    /// @notice Starts a pass at a price.
    /// @dev Orders beyond the tariff are as good as orders at its bounds (see `UniformPriceLib`), so the search for the
    /// neighbours of the price starts from there. The caller makes sure that `feedIn <= price <= retail`.
    /// @param price mct/kWh.
    /// @param feedIn Lower bound of the price, mct/kWh.
    /// @param retail Upper bound of the price, mct/kWh.
    function start(int32 price, int32 feedIn, int32 retail) internal pure returns (BookScan memory scan) {
        uint256 biasedPrice = _bias(price);
        uint256 low = price == feedIn ? biasedPrice : _bias(feedIn) + 1;
        uint256 high = price == retail ? biasedPrice : _bias(retail) - 1;
        scan.price = LANES * biasedPrice;
        scan.nearLow = LANES * low;
        scan.nearHigh = _upperBound(high);
        scan.wellFormed = WELL_FORMED;
    }

    /// @notice Passes over a batch.
    /// @param packed Orders of 12 bytes; the caller makes sure that the length is a multiple of that.
    /// @return packedHash keccak256 of the batch.
    function pass(BookScan memory scan, bytes calldata packed) internal pure returns (bytes32 packedHash) {
        uint256 filler = scan.price == 0 ? HIGHEST_OFFER : LOWEST_BID;
        uint256 begin;
        uint256 end;
        // Memory-safe: the copy lies behind the free memory pointer, which stays where it is, since the batch is not
        // needed after this call; the next batch takes the same place. Behind the last order there may be one more to
        // complete the pair: it has an account and a quantity, is willing at no price and no nearer to the price than
        // the bounds that the pass started from, so it changes nothing.
        assembly ("memory-safe") {
            begin := mload(0x40)
            end := add(begin, packed.length)
            calldatacopy(begin, packed.offset, packed.length)
            packedHash := keccak256(begin, packed.length)
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
        return _sumOfLanes(scan.willing) - offersBelowPrice(scan);
    }

    /// @notice Wh of offers below the price.
    function offersBelowPrice(BookScan memory scan) internal pure returns (uint64) {
        return _sumOfLanes(scan.offersBelow);
    }

    /// @notice Wh of offers at or below the price.
    function offersAtOrBelow(BookScan memory scan) internal pure returns (uint64) {
        return offersBelowPrice(scan) + uint64(scan.offersAt);
    }

    /// @notice The highest limit price below the posted one, at least `feedIn`, mct/kWh.
    /// @dev Without meaning where the posted price is `feedIn`.
    function highestBelow(BookScan memory scan) internal pure returns (int256) {
        return _unbias(_laneB(scan.nearLow)) - 1;
    }

    /// @notice The lowest limit price above the posted one, at most `retail`, mct/kWh.
    /// @dev Without meaning where the posted price is `retail`.
    function lowestAbove(BookScan memory scan) internal pure returns (int256) {
        return _unbias(_laneB(scan.nearHigh)) + 1;
    }

    /// @notice Whether every order had an account and a quantity.
    function isWellFormed(BookScan memory scan) internal pure returns (bool) {
        return scan.wellFormed == WELL_FORMED;
    }

    /// @dev The loop. `position` and `end` bound the orders in memory.
    function _passPairs(BookScan memory scan, uint256 position, uint256 end) private pure {
        uint256 price = scan.price;
        uint256 nearLow = scan.nearLow;
        uint256 nearHigh = scan.nearHigh;
        uint256 willing = scan.willing;
        uint256 offersBelow = scan.offersBelow;
        uint256 wellFormed = scan.wellFormed;
        // Unchecked: every operation stays in its lane, as the head of this library shows. A sum would leave its lane
        // after 2^32 orders, more than any block holds.
        unchecked {
            for (; position < end; position += PAIR_BYTES) {
                uint256 pair;
                // Memory-safe: reads only.
                assembly ("memory-safe") {
                    pair := mload(position)
                }
                wellFormed &= ((pair & ACCOUNTS_AND_QUANTITIES) + ACCOUNTS_AND_QUANTITIES) | (pair & QUANTITY_TOPS);

                uint256 limits = (pair & PRICES) ^ BIAS_AND_GUARDS;
                uint256 offers = (pair >> 63) & GUARDS;
                uint256 quantities = pair & ((((limits - price) & GUARDS) ^ offers) * FIELD);
                willing += quantities;
                offersBelow += quantities & (offers * FIELD);

                if ((limits - nearLow) & (nearHigh - limits) & GUARDS != 0) {
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
            uint256 limit = (limits >> shift) & FIELD;
            uint256 price = _laneB(scan.price);
            if (limit == price) {
                uint256 quantity = (pair >> (shift + 32)) & FIELD;
                if ((pair >> (shift + 95)) & 1 == OrderLib.BID) scan.bidsAt += quantity;
                else scan.offersAt += quantity;
            } else if (limit < price) {
                if (limit >= _laneB(scan.nearLow)) scan.nearLow = LANES * (limit + 1);
            } else {
                if (limit <= _laneB(scan.nearHigh)) scan.nearHigh = _upperBound(limit - 1);
            }
        }
    }

    /// @dev A biased price in both lanes, with a bit above the guard: limits are subtracted from it with their guards
    /// set, and the guard of the difference is set exactly if the limit is not higher.
    function _upperBound(uint256 biased) private pure returns (uint256) {
        return LANES * biased + (GUARDS << 1);
    }

    /// @dev The price field of the lower lane.
    function _laneB(uint256 lanes) private pure returns (uint256) {
        return (lanes >> 64) & FIELD;
    }

    /// @dev Adds the two lanes of a sum of quantities.
    function _sumOfLanes(uint256 lanes) private pure returns (uint64) {
        return uint64((lanes >> 192) + (lanes >> 96 & type(uint96).max));
    }

    function _bias(int32 price) private pure returns (uint256) {
        return uint256(int256(price) + 2 ** 31);
    }

    function _unbias(uint256 biased) private pure returns (int256) {
        return int256(biased) - 2 ** 31;
    }
}
