// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim} from "./Claim.sol";
import {IMarket} from "./IMarket.sol";
import {Mechanism} from "./MechanismLib.sol";
import {PoolScan} from "./PoolScanLib.sol";

/// @title PoolPriceLib
/// @notice The rules of the pools, as a check of a posted result: everybody who accepts one price, whole millicents per
/// kWh within the tariff, is served alike, and the longer side shares. The rules differ in the price:
///
/// mid-market-rate: floor((feedIn + retail) / 2).
///
/// bill-sharing: 0, or the tariff's bound next to it.
///
/// supply-demand-ratio: the lowest price p with ratio(D(p), S(p)) <= p, for D(p) Wh of bids and S(p) Wh of offers that
/// accept p, where
///
///     ratio(D, S) = retail                                                         if S = 0
///                   feedIn                                                         if S >= D or feedIn <= 0
///                   feedIn * retail * D / ((retail - feedIn) * S + feedIn * D)     otherwise.
///
/// As p rises, D falls and S rises, so the ratio falls: it is at most p from one price on, the rule's. So p is the
/// rule's price exactly if the ratio is at most p there and more than p - 1 there, or p is the feed-in price. At the
/// retail price it always holds.
library PoolPriceLib {
    /// @notice Reverts unless the claim is the result of a pool's rule for the book that was passed over.
    /// @param scan The finished pass at the claimed price.
    function verify(PoolScan memory scan, Claim memory claim, Mechanism mechanism) internal pure {
        if (mechanism == Mechanism.SupplyDemandRatio) {
            _verifyRatio(scan, claim);
        } else {
            int32 expected = mechanism == Mechanism.MidMarketRate ? _midMarketRate(claim) : _nearestToZero(claim);
            if (claim.price != expected) revert IMarket.PriceRuleViolated(expected, claim.price);
        }
        uint64 bids = scan.bids();
        uint64 offers = scan.offers();
        uint64 executable = bids < offers ? bids : offers;
        if (claim.volume != executable) revert IMarket.VolumeMismatch(executable, claim.volume);
    }

    /// @dev An arithmetic shift rounds towards negative infinity, unlike a division.
    function _midMarketRate(Claim memory claim) private pure returns (int32) {
        return int32((int256(claim.feedIn) + claim.retail) >> 1);
    }

    function _nearestToZero(Claim memory claim) private pure returns (int32) {
        if (claim.feedIn > 0) return claim.feedIn;
        return claim.retail < 0 ? claim.retail : int32(0);
    }

    function _verifyRatio(PoolScan memory scan, Claim memory claim) private pure {
        int32 price = claim.price;
        uint64 bids = scan.bids();
        uint64 offers = scan.offers();
        if (!_isRatioAtMost(bids, offers, price, claim)) revert IMarket.PriceBelowRatio(price, bids, offers);
        if (price == claim.feedIn) return;
        bids = scan.bidsBelow();
        offers = scan.offersBelow();
        if (_isRatioAtMost(bids, offers, price - 1, claim)) revert IMarket.PriceNotLowest(price, bids, offers);
    }

    /// @dev Whether ratio(bids, offers) <= price, exactly: fractions are compared by cross multiplication.
    function _isRatioAtMost(uint64 bids, uint64 offers, int32 price, Claim memory claim) private pure returns (bool) {
        if (offers == 0) return price == claim.retail;
        if (offers >= bids || claim.feedIn <= 0) return true;
        uint256 feedIn = uint256(int256(claim.feedIn));
        uint256 retail = uint256(int256(claim.retail));
        // Unchecked: 0 < feedIn <= price <= retail < 2^31, and energy has 64 bits.
        unchecked {
            return feedIn * retail * bids <= uint256(int256(price)) * ((retail - feedIn) * offers + feedIn * bids);
        }
    }
}
