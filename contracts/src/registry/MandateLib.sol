// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAgents} from "./IAgents.sol";

/// @title MandateLib
/// @notice The mandates that one account gave one agent, ascending by time, none of which is ever removed.
library MandateLib {
    /// @param wallet Who gave it.
    /// @param givenAt Second of the block in which it was given.
    /// @param revokedAt Second of the block in which it was revoked, 0 where it was not.
    struct Entry {
        address wallet;
        uint48 givenAt;
        uint48 revokedAt;
        IAgents.Mandate terms;
    }

    /// @notice The entry given last by a second, whose mandate may still lie ahead or be over; empty where there is none.
    function givenBy(Entry[] storage entries, uint40 time) internal view returns (Entry memory entry) {
        uint256 low = 0;
        uint256 high = entries.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (entries[middle].givenAt <= time) low = middle + 1;
            else high = middle;
        }
        if (low != 0) entry = entries[low - 1];
    }

    /// @notice Whether an entry's mandate holds at a second, as far as its own time goes.
    function holdsAt(Entry memory entry, uint40 time) internal pure returns (bool) {
        return time >= entry.givenAt && time >= entry.terms.validFrom && time < entry.terms.validUntil
            && (entry.revokedAt == 0 || time < entry.revokedAt);
    }

    /// @notice Whether an order stays within a mandate's limits.
    /// @param side 0 bid, 1 offer.
    /// @param quantity Wh.
    /// @param price Limit, mct/kWh.
    function covers(IAgents.Mandate memory terms, uint8 side, uint32 quantity, int32 price)
        internal
        pure
        returns (bool)
    {
        if (side > 1 || (terms.sides >> side) & 1 == 0 || quantity > terms.maxQuantity) return false;
        return side == 0 ? price <= terms.highestBid : price >= terms.lowestOffer;
    }
}
