// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "./IMarket.sol";
import {BookScan} from "./BookScanLib.sol";

/// @title UniformPriceLib
/// @notice The rule of the uniform-price double auction, as a check of a posted result.
///
/// A bid above the retail price is as good as one at it, since the grid would serve it, and an offer below the feed-in
/// price is as good as one at it. With orders so bounded, let D(p) be the bids at or above p and S(p) the offers at or
/// below it. At p, min(D, S) can trade. The largest volume that any single price supports trades at p exactly if
///
///     bids above p <= min(D(p), S(p)) and offers below p <= min(D(p), S(p)):
///
/// a lower price trades no more than the offers below p, a higher one no more than the bids above p.
///
/// The prices for which this holds are the clearing interval [low, high]: `high` is the lower one of the last bid that
/// trades and the first offer that does not, `low` the higher one of the last offer that trades and the first bid that
/// does not. The price is the midpoint, floor((low + high) / 2). Seen from a price p in the interval: `high` is p itself
/// if an order at p is needed to reach the volume on the bids' side or left over on the offers' side; otherwise no bid
/// at p trades and no offer at p is left, and `high` is the lowest limit above p, of whichever side. `low` mirrors it.
library UniformPriceLib {
    /// @notice Identifies the mechanism in price hashes.
    bytes32 internal constant MECHANISM = keccak256("uniform-price");

    /// @notice Reverts unless `price` and `volume` are the rule's result for the book that was passed over.
    /// @dev Where nothing trades, every price that proves it is accepted.
    /// @param scan The finished pass at `price`, with the same tariff.
    /// @param price mct/kWh; the caller makes sure that `feedIn <= price <= retail`.
    /// @param volume Wh.
    function verify(BookScan memory scan, int32 price, uint64 volume, int32 feedIn, int32 retail) internal pure {
        uint64 bids = scan.bidsAtOrAbove();
        uint64 offers = scan.offersAtOrBelow();
        uint64 bidsAbove = price == retail ? 0 : scan.bidsAbove();
        uint64 offersBelow = price == feedIn ? 0 : scan.offersBelowPrice();

        uint64 executable = bids < offers ? bids : offers;
        if (bidsAbove > executable || offersBelow > executable) {
            revert IMarket.NotAnEquilibrium(price, bidsAbove, offersBelow, executable);
        }
        if (volume != executable) revert IMarket.VolumeMismatch(executable, volume);
        if (volume == 0) return;

        int256 high = bidsAbove == volume && offers == volume ? scan.lowestAbove() : price;
        int256 low = offersBelow == volume && bids == volume ? scan.highestBelow() : price;
        int32 midpoint = _floorOfHalf(low + high);
        if (price != midpoint) revert IMarket.PriceRuleViolated(midpoint, price);
    }

    /// @dev An arithmetic shift rounds towards negative infinity, unlike a division.
    function _floorOfHalf(int256 sum) private pure returns (int32) {
        return int32(sum >> 1);
    }
}
