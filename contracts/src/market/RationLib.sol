// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpenBook} from "./OpenBookLib.sol";
import {OrderLib} from "./OrderLib.sol";

/// @notice How the orders at the margin share: `part` of `whole` Wh. Where these differ, whoever ranks up to the order at
/// place `last`, by largest remainder, then as `OpenBook.precedes`, receives one Wh more.
struct Ration {
    uint256 part;
    uint256 whole;
    uint256 last;
    /// The remainder of the order at `last`.
    uint256 remainder;
}

using RationLib for Ration global;

/// @title RationLib
/// @notice Sharing by largest remainders, as a check. An order of q Wh receives floor(q * part / whole), and what these
/// leave over of `part`, less than one Wh an order, goes one by one to the largest remainders of these divisions. Ranks
/// are distinct, so there is one set of so many orders that rank first: whoever ranks up to the named last one of it.
/// Whether that is the right one shows in the sum of the shares, which the caller compares with `part`.
library RationLib {
    /// @notice Where no Wh is left over.
    uint32 internal constant NONE = type(uint32).max;

    /// @notice A sharing in which the order at place `last` is the last one to receive a Wh left over.
    /// @param last `NONE` where none is; not read where `part` is `whole`. Reverts where the book has no such order.
    function create(OpenBook memory book, uint256 part, uint256 whole, uint32 last)
        internal
        pure
        returns (Ration memory ration)
    {
        ration.part = part;
        ration.whole = whole;
        ration.last = last;
        if (part == whole || last == NONE) return ration;
        ration.remainder = OrderLib.quantityOf(book.order(last)) * part % whole;
    }

    /// @notice Wh for the order of `quantity` Wh at `place`, where not all are served: `part` is below `whole`.
    function share(Ration memory ration, OpenBook memory book, uint256 place, uint256 quantity)
        internal
        pure
        returns (uint256)
    {
        (uint256 part, uint256 whole, uint256 last) = (ration.part, ration.whole, ration.last);
        // Unchecked: quantities have 32 bits, `part` and `whole` 64, and `whole` is above `part`.
        unchecked {
            uint256 product = quantity * part;
            uint256 energy = product / whole;
            if (last == NONE) return energy;
            uint256 remainder = product - energy * whole;
            if (remainder < ration.remainder) return energy;
            if (remainder == ration.remainder && place != last && !book.precedes(place, last)) return energy;
            return energy + 1;
        }
    }
}
