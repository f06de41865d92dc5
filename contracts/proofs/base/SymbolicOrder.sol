// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An order of which nothing is known: any account of 31 bits, either side, any quantity and price, Wh and mct/kWh.
struct SymbolicOrder {
    uint32 account;
    bool isOffer;
    uint32 quantity;
    int32 price;
}

/// @notice 1 for true, 0 for false; without a branch, since a proof follows every branch, and there would be too many.
function bit(bool value) pure returns (uint256 one) {
    // Memory-safe: touches no memory.
    assembly ("memory-safe") {
        one := value
    }
}

/// @notice Whether both hold, without a branch.
function both(bool first, bool second) pure returns (bool result) {
    // Memory-safe: touches no memory.
    assembly ("memory-safe") {
        result := and(first, second)
    }
}

/// @notice Whether one of both holds, without a branch.
function either(bool first, bool second) pure returns (bool result) {
    // Memory-safe: touches no memory.
    assembly ("memory-safe") {
        result := or(first, second)
    }
}

using SymbolicOrders for SymbolicOrder global;

/// @title SymbolicOrders
/// @notice Lays orders out as a book, without branches.
library SymbolicOrders {
    uint256 private constant ORDER_BYTES = 12;

    /// @notice The order in the lowest 96 bits; the account's highest bit is the side's.
    function packed(SymbolicOrder memory order) internal pure returns (uint256) {
        uint256 head = (bit(order.isOffer) << 31) | (order.account & 0x7fffffff);
        return (head << 64) | (uint256(order.quantity) << 32) | uint32(order.price);
    }

    /// @notice Lays orders out as a book in memory, with 32 bytes behind it.
    function laidOut(SymbolicOrder[] memory orders) internal pure returns (uint256 begin, uint256 end) {
        bytes memory room = new bytes(orders.length * ORDER_BYTES + 64);
        // Memory-safe: within the room.
        assembly ("memory-safe") {
            begin := add(room, 32)
        }
        end = begin;
        for (uint256 i = 0; i < orders.length; ++i) {
            uint256 word = packed(orders[i]) << 160;
            // Memory-safe: within the room; the bytes behind the order are those of the next one.
            assembly ("memory-safe") {
                mstore(end, word)
            }
            end += ORDER_BYTES;
        }
    }
}
