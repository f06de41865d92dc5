// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BookScan} from "../src/market/BookScanLib.sol";
import {Claim} from "../src/market/Claim.sol";
import {OrderPairLib} from "../src/market/OrderPairLib.sol";
import {UniformPriceLib} from "../src/market/UniformPriceLib.sol";

/// @notice What an accepted result means, for all books: only what a pass has summed up is known of them, and that sums of
/// bids fall and sums of offers rise with the price. A refused result reverts, and is not asked about.
contract UniformPriceProof {
    /// @dev What a pass at the claimed price has seen, Wh.
    struct Seen {
        uint64 bidsAbove;
        uint64 bidsAt;
        uint64 offersBelow;
        uint64 offersAt;
    }

    /// @notice No other price supports more: not a lower one, where no more than the offers below can be sold, nor a higher
    /// one, where no more than the bids above can be bought.
    function check_NoOtherPriceSupportsMore(
        Seen memory seen,
        Claim memory claim,
        int32 other,
        uint64 bidsThere,
        uint64 offersThere
    ) public pure {
        if (!isInTariff(claim) || other < claim.feedIn || other > claim.retail || other == claim.price) return;
        if (other > claim.price && bidsThere > seen.bidsAbove) return;
        if (other < claim.price && offersThere > seen.offersBelow) return;
        UniformPriceLib.verify(scanOf(seen, claim), claim, 500);
        assert(bidsThere <= claim.volume || offersThere <= claim.volume);
    }

    /// @notice The volume is the shorter side of who accepts the price, and whoever is better than the price trades whole.
    function check_TheVolumeIsTheShorterSide(Seen memory seen, Claim memory claim) public pure {
        if (!isInTariff(claim)) return;
        UniformPriceLib.verify(scanOf(seen, claim), claim, 500);
        uint256 bids = uint256(seen.bidsAbove) + seen.bidsAt;
        uint256 offers = uint256(seen.offersBelow) + seen.offersAt;
        assert(claim.volume == (bids < offers ? bids : offers));
        if (claim.price != claim.retail) assert(seen.bidsAbove <= claim.volume);
        if (claim.price != claim.feedIn) assert(seen.offersBelow <= claim.volume);
    }

    /* HELPERS */

    /// @dev The very ends of 32 bits are left out, which have no price beside them.
    function isInTariff(Claim memory claim) private pure returns (bool) {
        bool isNeighboured = claim.price > type(int32).min && claim.price < type(int32).max;
        return isNeighboured && claim.feedIn <= claim.price && claim.price <= claim.retail;
    }

    /// @dev A pass that has seen this, all in one lane; sides have less than 2^64 Wh.
    function scanOf(Seen memory seen, Claim memory claim) private pure returns (BookScan memory scan) {
        uint256 bids = uint256(seen.bidsAbove) + seen.bidsAt;
        uint256 offers = uint256(seen.offersBelow) + seen.offersAt;
        if (bids + offers >= 2 ** 64) revert();
        scan.willing = (bids + seen.offersBelow) << 96;
        scan.offersBelow = uint256(seen.offersBelow) << 96;
        (scan.bidsAt, scan.offersAt) = (seen.bidsAt, seen.offersAt);
        // Which price of the clearing interval is right is not asked here: as if there were no other, the limits next to
        // the price are the price, so that the rule for the point refuses none.
        scan.nearLow = (OrderPairLib.bias(claim.price) + 1) << 64;
        scan.nearHigh = (OrderPairLib.bias(claim.price) - 1) << 64;
    }
}
