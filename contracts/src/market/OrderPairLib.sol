// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderLib} from "./OrderLib.sol";

/// @title OrderPairLib
/// @notice Two orders in a word, to be computed at once. A 32-byte word read from a book holds two whole orders of 12
/// bytes:
///
///     bits  255      254..224  223..192   191..160  | 159      158..128  127..96    95..64   | 63..0
///           side A   account A quantity A price A   | side B   account B quantity B price B  | (not ours)
///
/// A field is masked where it stands and both lanes are computed in one operation. Prices are compared by subtraction:
/// they are biased by 2^31, which makes them unsigned in the same order, and bit 192 (96 for B), the guard, is set
/// above the minuend. After `x - p` the guard is still set exactly if `x >= p`; no borrow leaves the lane. That bit
/// times 2^32 - 1 masks the quantity, which is added where it stands: lane A has 64 bits for its sum, lane B 96. A sum
/// would leave its lane after 2^32 orders, more than any block holds.
library OrderPairLib {
    /// @notice Both lanes of a 1 below the price field, to multiply a price by.
    uint256 internal constant LANES = (1 << 160) | (1 << 64);

    /// @notice The bit above the price field.
    uint256 internal constant GUARDS = LANES << 32;

    /// @notice 32 bits: masks a field when multiplied by its lowest bit.
    uint256 internal constant FIELD = 0xffffffff;

    uint256 internal constant PRICES = LANES * FIELD;

    /// @notice Biases a price and sets its guard.
    uint256 internal constant BIAS_AND_GUARDS = (LANES << 31) | GUARDS;

    /// @notice The account (31 bits) and the lower 31 bits of the quantity. Added to these fields it carries into bit 31
    /// of each unless the field is 0.
    uint256 internal constant ACCOUNTS_AND_QUANTITIES = (LANES << 32 | LANES << 64) * 0x7fffffff;

    /// @notice The highest bit of the quantity.
    uint256 internal constant QUANTITY_TOPS = LANES << 63;

    /// @notice Bit 31 of account and quantity.
    uint256 internal constant WELL_FORMED = QUANTITY_TOPS | (LANES << 95);

    /// @notice Bytes of two packed orders.
    uint256 internal constant BYTES = 2 * OrderLib.PACKED_BYTES;

    /// @dev A bid of 1 Wh at the lowest price and an offer of 1 Wh at the highest one, account 1, as packed orders.
    uint256 private constant LOWEST_BID = 0x000000010000000180000000;
    uint256 private constant HIGHEST_OFFER = 0x80000001000000017fffffff;

    /// @notice A packed order that changes no result at a price: well-formed, it accepts neither the price nor the price
    /// less 1, and its limit is as far from the price as limits go.
    /// @param biased The price, biased.
    function neutralOrder(uint256 biased) internal pure returns (uint256 packed) {
        return biased <= 1 ? HIGHEST_OFFER : LOWEST_BID;
    }

    /// @notice The price field of the lower lane.
    function laneB(uint256 lanes) internal pure returns (uint256) {
        return (lanes >> 64) & FIELD;
    }

    /// @notice Adds the two lanes of a sum of quantities.
    function sumOfLanes(uint256 lanes) internal pure returns (uint64) {
        return uint64((lanes >> 192) + (lanes >> 96 & type(uint96).max));
    }

    function bias(int32 price) internal pure returns (uint256) {
        return uint256(int256(price) + 2 ** 31);
    }

    function unbias(uint256 biased) internal pure returns (int256) {
        return int256(biased) - 2 ** 31;
    }
}
