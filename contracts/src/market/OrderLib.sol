// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title OrderLib
/// @notice The two forms of an order: 12 packed bytes in a book, and the EIP-712 struct that its owner signs.
library OrderLib {
    uint8 internal constant BID = 0;
    uint8 internal constant OFFER = 1;

    /// @notice Bytes of a packed order.
    uint256 internal constant PACKED_BYTES = 12;

    bytes32 internal constant ORDER_TYPEHASH =
        keccak256("Order(uint96 interval,uint32 account,uint8 side,uint32 quantity,int32 price,uint128 salt)");

    /// @notice Packs an order: side (1 bit) | account (31 bits) | quantity, Wh (32 bits) | price, mct/kWh (32 bits).
    function pack(uint32 account, uint8 side, uint32 quantity, int32 price) internal pure returns (bytes12) {
        uint256 head = (uint256(side) << 31) | account;
        return bytes12(uint96((head << 64) | (uint256(quantity) << 32) | uint32(price)));
    }

    /// @notice The EIP-712 struct hash of an order.
    function structHash(IntervalId interval, uint32 account, uint8 side, uint32 quantity, int32 price, uint128 salt)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(ORDER_TYPEHASH, interval, account, side, quantity, price, salt));
    }

    /// @notice The account of the packed order in the lowest 96 bits of a word.
    function accountOf(uint256 packed) internal pure returns (uint32) {
        return uint32((packed >> 64) & (type(uint32).max >> 1));
    }

    /// @notice `BID` or `OFFER`, of the packed order in the lowest 96 bits of a word.
    function sideOf(uint256 packed) internal pure returns (uint8) {
        return uint8((packed >> 95) & 1);
    }

    /// @notice Limit, mct/kWh, of the packed order in the lowest 96 bits of a word.
    function priceOf(uint256 packed) internal pure returns (int32) {
        return int32(uint32(packed));
    }

    /// @notice Wh of the packed order in the lowest 96 bits of a word.
    function quantityOf(uint256 packed) internal pure returns (uint256) {
        return (packed >> 32) & type(uint32).max;
    }
}
