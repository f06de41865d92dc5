// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BookScan} from "./BookScanLib.sol";
import {Claim} from "./Claim.sol";
import {IMarket} from "./IMarket.sol";
import {PointLib} from "./PointLib.sol";

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
/// does not. The price is a point of it, `low + floor((high - low) * k / 1000)`, with k = 500 the midpoint. Seen from a
/// price p in the interval: `high` is p itself if an order at p is needed to reach the volume on the bids' side or left
/// over on the offers' side; otherwise no bid at p trades and no offer at p is left, and `high` is the lowest limit above
/// p, of whichever side. `low` mirrors it.
library UniformPriceLib {
    /// @notice Reverts unless the claim is the rule's result for the book that was passed over.
    /// @dev Where nothing trades, every price that proves it is accepted.
    /// @param scan The finished pass at the claimed price, with the same tariff.
    /// @param k Where in the clearing interval the price lies, per mille.
    function verify(BookScan memory scan, Claim memory claim, uint16 k) internal pure {
        int32 price = claim.price;
        uint64 bids = scan.bidsAtOrAbove();
        uint64 offers = scan.offersAtOrBelow();
        uint64 bidsAbove = price == claim.retail ? 0 : scan.bidsAbove();
        uint64 offersBelow = price == claim.feedIn ? 0 : scan.offersBelowPrice();

        uint64 executable = bids < offers ? bids : offers;
        if (bidsAbove > executable || offersBelow > executable) {
            revert IMarket.NotAnEquilibrium(price, bidsAbove, offersBelow, executable);
        }
        if (claim.volume != executable) revert IMarket.VolumeMismatch(executable, claim.volume);
        if (executable == 0) return;

        int256 high = bidsAbove == executable && offers == executable ? scan.lowestAbove() : price;
        int256 low = offersBelow == executable && bids == executable ? scan.highestBelow() : price;
        int32 expected = int32(PointLib.between(low, high, k));
        if (price != expected) revert IMarket.PriceRuleViolated(expected, price);
    }
}
