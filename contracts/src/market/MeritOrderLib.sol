// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fill, FillLib} from "./FillLib.sol";
import {IMarket} from "./IMarket.sol";
import {OpenBook} from "./OpenBookLib.sol";
import {Ration} from "./RationLib.sol";

/// @notice One side of a book at a price.
struct Side {
    /// Turns this side's packed orders into ranked ones, see `MeritOrderLib`.
    uint256 mask;
    /// Rank of the price: who ranks up to it accepts it.
    uint256 price;
    /// Rank of the tariff's bound: whoever is better ranks there.
    uint256 bound;
    /// Wh of all that accept the price.
    uint256 accepted;
    /// How those at the price share; all others trade whole.
    Ration ration;
}

using MeritOrderLib for Side global;

/// @title MeritOrderLib
/// @notice Who of one side trades how much, and in which sequence, as a check of a posted list.
///
/// A list is right exactly if its orders are of the side, rank strictly one after the other, accept the price, and hold as
/// many Wh as all that accept it: then no order is in it twice, and none is missing, since none is without quantity.
///
/// The rank of a limit is a number of 32 bits that is lower for a better limit: for an offer the price biased by 2^31, for
/// a bid the complement of that. Both come from one exclusive or, which is also the way back, and which clears the side of
/// an order of the right one: an order of the side is a ranked one below 2^95 then.
library MeritOrderLib {
    uint256 internal constant BIDS = 0x7fffffff;
    uint256 internal constant OFFERS = (1 << 95) | 0x80000000;

    uint256 private constant FIELD = 0xffffffff;
    uint256 private constant SIDE_SHIFT = 95;
    uint256 private constant ENTRY_BYTES = 8;

    /// @notice The rank of a price, mct/kWh, on a side.
    function rankOf(int32 price, uint256 mask) internal pure returns (uint256) {
        return uint32(price) ^ (mask & FIELD);
    }

    /// @notice The orders that trade, in merit order; reverts unless the list is right and its shares add up.
    /// @param list 8 bytes an order: place in the book | row in the allocation (uint32 each).
    function fills(Side memory side, OpenBook memory book, bytes calldata list)
        internal
        pure
        returns (Fill[] memory trading)
    {
        if (list.length % ENTRY_BYTES != 0) revert IMarket.InvalidOrderList(_number(side), list.length);
        trading = new Fill[](list.length / ENTRY_BYTES);
        _rank(side, book, list, trading);
        if (side.ration.part != side.ration.whole) _share(side, book, trading);
    }

    /// @dev Reads the listed orders with all their energy.
    function _rank(Side memory side, OpenBook memory book, bytes calldata list, Fill[] memory trading) private pure {
        uint256 accepted = 0;
        uint256 beyondPrevious = 0;
        uint256 last = side.price;
        uint256 end = list.length << 2;
        // Unchecked: places in memory, ranks of 32 bits, and a sum of less than 2^32 quantities of 32 bits.
        unchecked {
            for (uint256 offset = 0; offset < end;) {
                uint256 fill;
                // Memory-safe: touches no memory. Reads 8 bytes of the list for each fill of 32.
                assembly ("memory-safe") {
                    fill := shr(192, calldataload(add(list.offset, shr(2, offset))))
                }
                uint256 ranked = book.order(fill >> 32) ^ side.mask;
                uint256 rank = ranked & FIELD;
                if (rank < side.bound) {
                    ranked += side.bound - rank;
                    rank = side.bound;
                }
                fill = (fill << FillLib.ROW_SHIFT) | ranked;
                if (rank > last || ranked >> SIDE_SHIFT != 0) _revertNotAccepting(side, Fill.wrap(fill));
                offset += 32;
                if (rank < beyondPrevious) _requireAfter(side, book, trading[offset / 32 - 2], Fill.wrap(fill));
                beyondPrevious = rank + 1;
                accepted += (ranked >> FillLib.ENERGY_SHIFT) & FIELD;
                // Memory-safe: writes an element of the array, behind its length.
                assembly ("memory-safe") {
                    mstore(add(trading, offset), fill)
                }
            }
        }
        if (accepted != side.accepted) {
            revert IMarket.AcceptedEnergyMismatch(_number(side), uint64(side.accepted), uint64(accepted));
        }
    }

    /// @dev Reduces the orders at the price, which are the last ones, to their shares, and drops those without any.
    function _share(Side memory side, OpenBook memory book, Fill[] memory trading) private pure {
        uint256 kept = trading.length;
        while (kept > 0 && trading[kept - 1].rank() == side.price) --kept;
        uint256 shared = 0;
        for (uint256 i = kept; i < trading.length; ++i) {
            Fill fill = trading[i];
            uint256 energy = side.ration.share(book, fill.place(), fill.energy());
            if (energy == 0) continue;
            trading[kept++] = fill.reducedTo(energy);
            shared += energy;
        }
        if (shared != side.ration.part) {
            revert IMarket.SharesMismatch(_number(side), uint64(side.ration.part), uint64(shared));
        }
        // Memory-safe: shortens the array in place.
        assembly ("memory-safe") {
            mstore(trading, kept)
        }
    }

    /// @dev For a fill that ranks no worse than the one listed before it.
    function _requireAfter(Side memory side, OpenBook memory book, Fill previous, Fill fill) private pure {
        if (fill.rank() == previous.rank() && book.precedes(previous.place(), fill.place())) return;
        revert IMarket.NotInMeritOrder(_number(side), uint32(fill.place()));
    }

    function _revertNotAccepting(Side memory side, Fill fill) private pure {
        revert IMarket.OrderDoesNotAccept(_number(side), uint32(fill.place()));
    }

    /// @dev 0 of bids, 1 of offers.
    function _number(Side memory side) private pure returns (uint8) {
        return uint8(side.mask >> SIDE_SHIFT);
    }
}
