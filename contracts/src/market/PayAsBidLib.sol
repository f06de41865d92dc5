// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AllocationSumsLib} from "./AllocationSumsLib.sol";
import {BookScan} from "./BookScanLib.sol";
import {Claim} from "./Claim.sol";
import {Fill, FillLib} from "./FillLib.sol";
import {IMarket} from "./IMarket.sol";
import {MeritOrderLib, Side} from "./MeritOrderLib.sol";
import {OpenBook} from "./OpenBookLib.sol";
import {PointLib} from "./PointLib.sol";
import {RationLib} from "./RationLib.sol";

/// @title PayAsBidLib
/// @notice The rule of the discriminatory double auction, worked out for a book whose uniform price is proven.
///
/// Volume and fills are those of the uniform price p (`UniformPriceLib`): bids above p and offers below p trade whole, and
/// the orders at p share what is left of the volume by largest remainders (`RationLib`). The volume is all that accepts p
/// on the shorter side, so only the longer side has something to share. Limits are those within the tariff.
///
/// What trades stands in merit order (`MeritOrderLib`), and the first Wh bought is the first Wh sold, and so on. A pair of
/// bid b and offer s trades at `s + floor((b - s) * k / 1000)`, which lies between its limits, since `s <= p <= b`. What a
/// pair's buyer pays, its seller receives.
library PayAsBidLib {
    uint256 private constant FIELD = 0xffffffff;

    /// @notice The hash of the interval's allocation; reverts where the result does not prove it.
    /// @param scan The finished pass at the claimed price, which `UniformPriceLib` has verified; something trades.
    /// @param k Where a pair's price lies between its limits, per mille.
    function allocate(
        OpenBook memory book,
        BookScan memory scan,
        Claim memory claim,
        IMarket.PayAsBidResult calldata result,
        uint16 k
    ) internal pure returns (bytes32 allocationHash) {
        Fill[] memory bids = _bids(book, scan, claim, result.lastExtra).fills(book, result.bids);
        Fill[] memory offers = _offers(book, scan, claim, result.lastExtra).fills(book, result.offers);
        uint256[] memory sums = new uint256[](result.accounts);
        _meet(bids, offers, k, sums);
        return AllocationSumsLib.pack(sums);
    }

    function _bids(OpenBook memory book, BookScan memory scan, Claim memory claim, uint32 lastExtra)
        private
        pure
        returns (Side memory side)
    {
        uint256 accepted = scan.bidsAtOrAbove();
        uint256 better = claim.price == claim.retail ? 0 : scan.bidsAbove();
        side = _side(book, accepted, better, claim.volume, lastExtra);
        side.mask = MeritOrderLib.BIDS;
        side.price = MeritOrderLib.rankOf(claim.price, MeritOrderLib.BIDS);
        side.bound = MeritOrderLib.rankOf(claim.retail, MeritOrderLib.BIDS);
    }

    function _offers(OpenBook memory book, BookScan memory scan, Claim memory claim, uint32 lastExtra)
        private
        pure
        returns (Side memory side)
    {
        uint256 accepted = scan.offersAtOrBelow();
        uint256 better = claim.price == claim.feedIn ? 0 : scan.offersBelowPrice();
        side = _side(book, accepted, better, claim.volume, lastExtra);
        side.mask = MeritOrderLib.OFFERS;
        side.price = MeritOrderLib.rankOf(claim.price, MeritOrderLib.OFFERS);
        side.bound = MeritOrderLib.rankOf(claim.feedIn, MeritOrderLib.OFFERS);
    }

    /// @dev `accepted` Wh accept the price, of which `better`, no more than `volume`, have better limits and trade whole.
    function _side(OpenBook memory book, uint256 accepted, uint256 better, uint256 volume, uint32 lastExtra)
        private
        pure
        returns (Side memory side)
    {
        side.accepted = accepted;
        side.ration = RationLib.create(book, volume - better, accepted - better, lastExtra);
    }

    /// @dev Lets the orders meet and adds up what their accounts trade. Both sides trade as much, so that they end
    /// together. Ranks are biased prices, complemented for bids (`MeritOrderLib`).
    function _meet(Fill[] memory bids, Fill[] memory offers, uint256 k, uint256[] memory sums) private pure {
        uint256 offer = 0;
        uint256 offered = 0;
        uint256 next = 0;
        // Unchecked: the bid is not below the offer; the bias is taken off at the end, perhaps below 0, and so are signed
        // words from there on. The energy is the lesser one of both, and money has 64 bits.
        unchecked {
            for (uint256 i = 0; i < bids.length; ++i) {
                uint256 bid = Fill.unwrap(bids[i]);
                uint256 wanted = (bid >> FillLib.ENERGY_SHIFT) & FIELD;
                while (wanted != 0) {
                    if (offered == 0) {
                        offer = Fill.unwrap(offers[next++]);
                        offered = (offer >> FillLib.ENERGY_SHIFT) & FIELD;
                    }
                    uint256 energy = wanted < offered ? wanted : offered;
                    uint256 price = (((bid ^ FIELD) & FIELD) - (offer & FIELD)) * k / PointLib.PER_MILLE;
                    price += (offer & FIELD) - 2 ** 31;
                    wanted -= energy;
                    offered -= energy;
                    energy = (energy * price) << FillLib.PAYMENT_SHIFT;
                    bid += energy;
                    offer -= energy;
                    if (offered == 0) AllocationSumsLib.add(sums, Fill.wrap(offer), AllocationSumsLib.OFFER_SHIFT);
                }
                AllocationSumsLib.add(sums, Fill.wrap(bid), AllocationSumsLib.BID_SHIFT);
            }
        }
    }
}
