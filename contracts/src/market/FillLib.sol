// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What an order trades, in one word: payment, 10^-8 EUR (96 bits, signed) | place in the book (32) | row of its
/// account in the allocation (32) | account (32) | energy, Wh (32) | rank of its limit (32, see `MeritOrderLib`).
type Fill is uint256;

using FillLib for Fill global;

/// @title FillLib
/// @notice Reads what an order trades, and changes it. The payment is the highest field: it is added to without regard to
/// its sign, since a carry out of it leaves the word.
library FillLib {
    uint256 internal constant PAYMENT_SHIFT = 160;
    uint256 internal constant PLACE_SHIFT = 128;
    uint256 internal constant ROW_SHIFT = 96;
    uint256 internal constant ACCOUNT_SHIFT = 64;
    uint256 internal constant ENERGY_SHIFT = 32;

    uint256 private constant FIELD = 0xffffffff;

    /// @notice The fill with another energy, Wh.
    function reducedTo(Fill fill, uint256 energy_) internal pure returns (Fill) {
        return Fill.wrap((Fill.unwrap(fill) & ~(FIELD << ENERGY_SHIFT)) | (energy_ << ENERGY_SHIFT));
    }

    function place(Fill fill) internal pure returns (uint256) {
        return (Fill.unwrap(fill) >> PLACE_SHIFT) & FIELD;
    }

    function row(Fill fill) internal pure returns (uint256) {
        return (Fill.unwrap(fill) >> ROW_SHIFT) & FIELD;
    }

    function account(Fill fill) internal pure returns (uint256) {
        return (Fill.unwrap(fill) >> ACCOUNT_SHIFT) & FIELD;
    }

    /// @notice Wh.
    function energy(Fill fill) internal pure returns (uint256) {
        return (Fill.unwrap(fill) >> ENERGY_SHIFT) & FIELD;
    }

    function rank(Fill fill) internal pure returns (uint256) {
        return Fill.unwrap(fill) & FIELD;
    }
}
