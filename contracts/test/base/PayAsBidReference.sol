// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BID, OFFER, TestOrder} from "./Books.sol";
import {UniformPriceReference} from "./UniformPriceReference.sol";

/// @notice The pay-as-bid rule as a person would write it down: sort, share, lay both sides along one line of Wh and
/// pay for each overlap. Shares nothing with the contracts.
library PayAsBidReference {
    uint256 internal constant NONE = type(uint32).max;

    struct Book {
        TestOrder[] orders;
        bytes32[] digests;
        int32 feedIn;
        int32 retail;
        uint16 k;
    }

    /// @dev An account's sums.
    struct Row {
        uint32 account;
        uint256 bought;
        uint256 sold;
        int256 payment;
    }

    struct Result {
        int32 price;
        uint256 volume;
        /// Places of the orders that accept the price, in merit order.
        uint256[] bids;
        uint256[] offers;
        /// Of each order: Wh, and 10^-8 EUR.
        uint256[] fills;
        int256[] payments;
        uint256 lastExtra;
        /// Of the accounts that trade, accounts ascending.
        Row[] rows;
    }

    function clear(Book memory book) internal pure returns (Result memory) {
        UniformPriceReference.Result memory uniform =
            UniformPriceReference.clear(book.orders, book.feedIn, book.retail, 500);
        return clearAt(book, uniform.price, uniform.volume);
    }

    /// @notice The result where the uniform price and the volume are known.
    function clearAt(Book memory book, int32 price, uint256 volume) internal pure returns (Result memory result) {
        result.volume = volume;
        result.lastExtra = NONE;
        result.fills = new uint256[](book.orders.length);
        result.payments = new int256[](book.orders.length);
        if (volume == 0) return result;
        result.price = price;
        result.bids = accepting(book, BID, price);
        result.offers = accepting(book, OFFER, price);
        fill(book, result, result.bids);
        fill(book, result, result.offers);
        pay(book, result);
        addUp(book, result);
    }

    /* WHO TRADES */

    /// @notice Places of a side's orders that accept a price, in merit order.
    function accepting(Book memory book, uint8 side, int32 price) internal pure returns (uint256[] memory places) {
        places = new uint256[](book.orders.length);
        int256[] memory badness = new int256[](book.orders.length);
        uint256 count = 0;
        for (uint256 i = 0; i < book.orders.length; ++i) {
            if (book.orders[i].side != side) continue;
            int256 limit = limitOf(book, i);
            badness[i] = side == BID ? -limit : limit;
            if (side == BID ? limit >= price : limit <= price) places[count++] = i;
        }
        places = sorted(first(places, count), badness, book.digests);
    }

    /// @notice Fills a side: whole beyond the price, by largest remainders at it.
    function fill(Book memory book, Result memory result, uint256[] memory places) internal pure {
        uint256 left = result.volume;
        uint256 whole = 0;
        for (uint256 i = 0; i < places.length; ++i) {
            uint256 quantity = book.orders[places[i]].quantity;
            if (limitOf(book, places[i]) == result.price) {
                whole += quantity;
            } else {
                result.fills[places[i]] = quantity;
                left -= quantity;
            }
        }
        if (whole != 0) shareMargin(book, result, places, left, whole);
    }

    function shareMargin(Book memory book, Result memory result, uint256[] memory places, uint256 part, uint256 whole)
        private
        pure
    {
        int256[] memory remainders = new int256[](book.orders.length);
        uint256[] memory margin = new uint256[](places.length);
        uint256 count = 0;
        uint256 left = part;
        for (uint256 i = 0; i < places.length; ++i) {
            uint256 place = places[i];
            if (limitOf(book, place) != result.price) continue;
            uint256 product = book.orders[place].quantity * part;
            result.fills[place] = product / whole;
            remainders[place] = -int256(product % whole);
            margin[count++] = place;
            left -= product / whole;
        }
        margin = sorted(first(margin, count), remainders, book.digests);
        for (uint256 i = 0; i < left; ++i) {
            result.fills[margin[i]] += 1;
            result.lastExtra = margin[i];
        }
    }

    /* WHO PAYS WHAT */

    /// @notice Lays the fills of both sides along one line and pays for every overlap.
    function pay(Book memory book, Result memory result) internal pure {
        uint256[] memory bidEnds = endsOf(result, result.bids);
        uint256[] memory offerEnds = endsOf(result, result.offers);
        uint256 reached = 0;
        for (uint256 i = 0; i < bidEnds.length; ++i) {
            uint256 bidFrom = i == 0 ? 0 : bidEnds[i - 1];
            // Offers that end before this bid begins overlap with none of the further bids either.
            while (reached < offerEnds.length && offerEnds[reached] <= bidFrom) ++reached;
            for (uint256 j = reached; j < offerEnds.length; ++j) {
                uint256 offerFrom = j == 0 ? 0 : offerEnds[j - 1];
                if (offerFrom >= bidEnds[i]) break;
                uint256 from = offerFrom > bidFrom ? offerFrom : bidFrom;
                uint256 to = offerEnds[j] < bidEnds[i] ? offerEnds[j] : bidEnds[i];
                int256 money = int256(to - from) * pairPrice(book, result.bids[i], result.offers[j]);
                result.payments[result.bids[i]] += money;
                result.payments[result.offers[j]] -= money;
            }
        }
    }

    /// @notice Where each fill ends on the line.
    function endsOf(Result memory result, uint256[] memory places) private pure returns (uint256[] memory ends) {
        ends = new uint256[](places.length);
        uint256 sum = 0;
        for (uint256 i = 0; i < places.length; ++i) {
            sum += result.fills[places[i]];
            ends[i] = sum;
        }
    }

    function pairPrice(Book memory book, uint256 bid, uint256 offer) internal pure returns (int256) {
        int256 ask = limitOf(book, offer);
        return ask + (limitOf(book, bid) - ask) * int256(uint256(book.k)) / 1000;
    }

    /// @notice The accounts' rows, by inserting order after order.
    function addUp(Book memory book, Result memory result) internal pure {
        uint256[] memory trading = new uint256[](book.orders.length);
        int256[] memory accounts = new int256[](book.orders.length);
        uint256 count = 0;
        for (uint256 i = 0; i < book.orders.length; ++i) {
            accounts[i] = int256(uint256(book.orders[i].account));
            if (result.fills[i] != 0) trading[count++] = i;
        }
        trading = sorted(first(trading, count), accounts, book.digests);
        Row[] memory rows = new Row[](count);
        uint256 used = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 place = trading[i];
            TestOrder memory order = book.orders[place];
            if (used == 0 || rows[used - 1].account != order.account) rows[used++].account = order.account;
            Row memory row = rows[used - 1];
            if (order.side == BID) row.bought += result.fills[place];
            else row.sold += result.fills[place];
            row.payment += result.payments[place];
        }
        result.rows = new Row[](used);
        for (uint256 i = 0; i < used; ++i) {
            result.rows[i] = rows[i];
        }
    }

    /* HELPERS */

    function limitOf(Book memory book, uint256 place) internal pure returns (int256) {
        return UniformPriceReference.bounded(book.orders[place], book.feedIn, book.retail);
    }

    /// @notice Places by ascending value; equal values by smallest digest, equal digests by place.
    function sorted(uint256[] memory places, int256[] memory values, bytes32[] memory digests)
        internal
        pure
        returns (uint256[] memory)
    {
        if (places.length < 2) return places;
        uint256 half = places.length / 2;
        uint256[] memory left = new uint256[](half);
        uint256[] memory right = new uint256[](places.length - half);
        for (uint256 i = 0; i < places.length; ++i) {
            if (i < half) left[i] = places[i];
            else right[i - half] = places[i];
        }
        left = sorted(left, values, digests);
        right = sorted(right, values, digests);
        uint256 l = 0;
        uint256 r = 0;
        for (uint256 i = 0; i < places.length; ++i) {
            bool fromLeft = r == right.length || (l < half && isBefore(left[l], right[r], values, digests));
            places[i] = fromLeft ? left[l++] : right[r++];
        }
        return places;
    }

    function isBefore(uint256 one, uint256 other, int256[] memory values, bytes32[] memory digests)
        private
        pure
        returns (bool)
    {
        if (values[one] != values[other]) return values[one] < values[other];
        if (digests[one] != digests[other]) return digests[one] < digests[other];
        return one < other;
    }

    function first(uint256[] memory places, uint256 count) private pure returns (uint256[] memory part) {
        part = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            part[i] = places[i];
        }
    }
}
