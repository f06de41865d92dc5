// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BID, OFFER, TestOrder} from "./Books.sol";
import {UniformPriceReference} from "./UniformPriceReference.sol";

/// @notice The pools' prices as a person would write them down. Shares nothing with the contracts.
library PoolReference {
    /// @notice Halfway between the tariff's prices, rounded down.
    function midMarketRate(int32 feedIn, int32 retail) internal pure returns (int32) {
        int256 sum = int256(feedIn) + retail;
        return int32(sum >= 0 || sum % 2 == 0 ? sum / 2 : (sum - 1) / 2);
    }

    /// @notice 0, moved into the tariff.
    function billSharing(int32 feedIn, int32 retail) internal pure returns (int32) {
        if (feedIn > 0) return feedIn;
        return retail < 0 ? retail : int32(0);
    }

    /// @notice The lowest price that the ratio does not exceed, found by trying every one from the feed-in price on.
    function supplyDemandRatio(TestOrder[] memory orders, int32 feedIn, int32 retail)
        internal
        pure
        returns (int32 price)
    {
        price = feedIn;
        while (isBelowRatio(orders, price, feedIn, retail)) ++price;
    }

    /// @notice The same by halving, for wide tariffs.
    function supplyDemandRatioByHalving(TestOrder[] memory orders, int32 feedIn, int32 retail)
        internal
        pure
        returns (int32)
    {
        int256 low = feedIn;
        int256 high = retail;
        while (low < high) {
            int256 middle = low + (high - low) / 2;
            if (isBelowRatio(orders, int32(middle), feedIn, retail)) low = middle + 1;
            else high = middle;
        }
        return int32(low);
    }

    /// @notice Whether a price is below what the ratio gives for those who accept it: the ratio's price is that of which
    /// the reciprocal goes in a straight line from 1 / retail, without an offer, to 1 / feedIn, where offers reach bids.
    function isBelowRatio(TestOrder[] memory orders, int32 price, int32 feedIn, int32 retail)
        internal
        pure
        returns (bool)
    {
        int256 bids = int256(UniformPriceReference.willingAt(orders, BID, price, feedIn, retail));
        int256 offers = int256(UniformPriceReference.willingAt(orders, OFFER, price, feedIn, retail));
        if (offers == 0) return price < retail;
        if (offers >= bids || feedIn <= 0) return price < feedIn;
        // 1 / ratio = (1 - offers / bids) / retail + (offers / bids) / feedIn; all positive from here on.
        int256 denominator = bids * feedIn * retail;
        int256 reciprocal = (bids - offers) * feedIn + offers * retail;
        return price * reciprocal < denominator;
    }
}
