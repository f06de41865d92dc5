// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Random} from "./Random.sol";

/// @notice An order of a test's book, unpacked.
struct TestOrder {
    uint32 account;
    uint8 side;
    uint32 quantity;
    int32 price;
}

uint8 constant BID = 0;
uint8 constant OFFER = 1;

/// @notice Builds books. Packs by concatenating fields, other than the contracts do.
library Books {
    function pack(TestOrder memory order) internal pure returns (bytes memory) {
        uint32 head = order.account + (order.side == OFFER ? uint32(1) << 31 : 0);
        return abi.encodePacked(head, order.quantity, order.price);
    }

    function pack(TestOrder[] memory orders) internal pure returns (bytes memory packed) {
        packed = new bytes(12 * orders.length);
        for (uint256 i = 0; i < orders.length; ++i) {
            bytes memory order = pack(orders[i]);
            for (uint256 k = 0; k < 12; ++k) {
                packed[12 * i + k] = order[k];
            }
        }
    }

    /// @notice Where packed orders begin and end in memory of their own, with 32 bytes behind them that are not zero.
    function laidOut(bytes memory packed) internal pure returns (uint256 begin, uint256 end) {
        bytes memory room = bytes.concat(packed, bytes32(type(uint256).max));
        // Memory-safe: reads only.
        assembly ("memory-safe") {
            begin := add(room, 32)
            end := add(begin, mload(packed))
        }
    }

    /// @notice A book with limits from `low` to `high` and, where `lumpy`, few distinct quantities.
    function random(Random memory source, uint256 count, int32 low, int32 high, bool lumpy)
        internal
        pure
        returns (TestOrder[] memory orders)
    {
        uint256 bidShare = source.upTo(4);
        orders = new TestOrder[](count);
        for (uint256 i = 0; i < count; ++i) {
            orders[i].account = uint32(1 + source.upTo(type(uint32).max / 2 - 1));
            orders[i].side = source.upTo(3) < bidShare ? BID : OFFER;
            orders[i].quantity = uint32(1 + source.upTo(lumpy ? 3 : type(uint32).max - 1));
            orders[i].price = int32(source.between(low, high));
        }
    }

    /// @notice Puts a book into another sequence.
    function shuffle(TestOrder[] memory orders, Random memory source) internal pure {
        for (uint256 i = orders.length; i > 1; --i) {
            uint256 other = source.upTo(i - 1);
            (orders[i - 1], orders[other]) = (orders[other], orders[i - 1]);
        }
    }
}
