// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BID, OFFER, TestOrder} from "./Books.sol";

/// @notice The clearing rule as a person would write it down: look at every price, take the most that any supports.
/// Quadratic, and shares nothing with the contracts.
library UniformPriceReference {
    int256 internal constant NONE_BELOW = type(int256).min;
    int256 internal constant NONE_ABOVE = type(int256).max;

    struct Result {
        uint256 volume;
        int256 low;
        int256 high;
        int32 price;
    }

    /// @notice The result for a book; without volume there is no price.
    function clear(TestOrder[] memory orders, int32 feedIn, int32 retail, uint16 k)
        internal
        pure
        returns (Result memory result)
    {
        result.volume = largestVolume(orders, feedIn, retail);
        if (result.volume == 0) return result;
        int256 lastOffer = priceOfUnit(orders, OFFER, result.volume, feedIn, retail);
        int256 firstBidOut = priceOfUnit(orders, BID, result.volume + 1, feedIn, retail);
        int256 lastBid = priceOfUnit(orders, BID, result.volume, feedIn, retail);
        int256 firstOfferOut = priceOfUnit(orders, OFFER, result.volume + 1, feedIn, retail);
        result.low = lastOffer > firstBidOut ? lastOffer : firstBidOut;
        result.high = lastBid < firstOfferOut ? lastBid : firstOfferOut;
        result.price = int32(result.low + (result.high - result.low) * int256(uint256(k)) / 1000);
    }

    /// @notice Whether a price shows that nothing trades: it keeps all bids and offers apart.
    function separates(TestOrder[] memory orders, int32 price, int32 feedIn, int32 retail)
        internal
        pure
        returns (bool)
    {
        uint256 bidsAbove = 0;
        uint256 offersBelow = 0;
        for (uint256 i = 0; i < orders.length; ++i) {
            int256 limit = bounded(orders[i], feedIn, retail);
            if (orders[i].side == BID && limit > price) bidsAbove += orders[i].quantity;
            if (orders[i].side == OFFER && limit < price) offersBelow += orders[i].quantity;
        }
        return executableAt(orders, price, feedIn, retail) == 0 && bidsAbove == 0 && offersBelow == 0;
    }

    /// @notice A price that shows that nothing trades, where nothing does: the best bid, within the tariff.
    function separator(TestOrder[] memory orders, int32 feedIn, int32 retail) internal pure returns (int32 price) {
        price = feedIn;
        for (uint256 i = 0; i < orders.length; ++i) {
            if (orders[i].side == BID && orders[i].price > price) price = orders[i].price;
        }
        if (price > retail) price = retail;
    }

    /// @notice An order's limit, bounded by the tariff.
    function bounded(TestOrder memory order, int32 feedIn, int32 retail) internal pure returns (int256) {
        if (order.side == BID) return order.price > retail ? retail : order.price;
        return order.price < feedIn ? feedIn : order.price;
    }

    /// @notice The most that any single price supports.
    function largestVolume(TestOrder[] memory orders, int32 feedIn, int32 retail)
        internal
        pure
        returns (uint256 volume)
    {
        for (uint256 i = 0; i < orders.length; ++i) {
            uint256 executable = executableAt(orders, bounded(orders[i], feedIn, retail), feedIn, retail);
            if (executable > volume) volume = executable;
        }
    }

    /// @notice What can trade at a price: the lesser of what is bid and what is offered there.
    function executableAt(TestOrder[] memory orders, int256 price, int32 feedIn, int32 retail)
        internal
        pure
        returns (uint256)
    {
        uint256 bids = willingAt(orders, BID, price, feedIn, retail);
        uint256 offers = willingAt(orders, OFFER, price, feedIn, retail);
        return bids < offers ? bids : offers;
    }

    /// @notice Wh that one side would trade at a price.
    function willingAt(TestOrder[] memory orders, uint8 side, int256 price, int32 feedIn, int32 retail)
        internal
        pure
        returns (uint256 energy)
    {
        for (uint256 i = 0; i < orders.length; ++i) {
            int256 limit = bounded(orders[i], feedIn, retail);
            bool willing = side == BID ? limit >= price : limit <= price;
            if (orders[i].side == side && willing) energy += orders[i].quantity;
        }
    }

    /// @notice The limit of the order that holds the `unit`-th Wh of a side in merit order: the worst limit at which
    /// so much of that side would trade, found by trying every limit.
    function priceOfUnit(TestOrder[] memory orders, uint8 side, uint256 unit, int32 feedIn, int32 retail)
        internal
        pure
        returns (int256 price)
    {
        price = side == BID ? NONE_BELOW : NONE_ABOVE;
        for (uint256 i = 0; i < orders.length; ++i) {
            if (orders[i].side != side) continue;
            int256 limit = bounded(orders[i], feedIn, retail);
            if (willingAt(orders, side, limit, feedIn, retail) < unit) continue;
            if (side == BID ? limit > price : limit < price) price = limit;
        }
    }
}
