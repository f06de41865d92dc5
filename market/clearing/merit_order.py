"""Orders from the best price to the worst, and who meets whom in that sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing.orders import TieBreakers, key_words

Integers = NDArray[np.int64]

_WORD_BITS: Final = 64
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Orders from the cheapest to the dearest; equal prices by smallest key.

    Attributes:
        indices: which orders, in that sequence.
        price: theirs, in that sequence.
    """

    indices: Integers
    price: Integers


def by_price_and_key(price: Integers, keys: TieBreakers, indices: Integers) -> Ranking:
    """Rank orders by ascending price; equal prices by smallest key.

    Price, as many leading bits of the key as fit and the place are packed into one number each,
    so that one sort of plain numbers does it; what those bits cannot tell apart is compared whole.

    Args:
        price: of the orders at ``indices``; negated where the dearest come first.
        keys: tie-breakers of all orders.
        indices: which of them to rank.
    """
    if indices.size < _FEWEST:
        return Ranking(indices, price)
    cheapest = int(price.min())
    place_bits = (indices.size - 1).bit_length()
    price_bits = (int(price.max()) - cheapest).bit_length()
    key_bits = _WORD_BITS - price_bits - place_bits
    packed = (price - cheapest).view(np.uint64)
    packed <<= np.uint64(key_bits)
    packed |= keys.heads(indices) >> np.uint64(_WORD_BITS - key_bits)
    packed <<= np.uint64(place_bits)
    packed |= np.arange(indices.size, dtype=np.uint64)
    packed.sort()
    ranked = indices[(packed & np.uint64((1 << place_bits) - 1)).view(np.int64)]
    packed >>= np.uint64(place_bits)
    _compare_whole_keys(ranked, packed, keys)
    return Ranking(ranked, (packed >> np.uint64(key_bits)).view(np.int64) + cheapest)


def _compare_whole_keys(ranked: Integers, groups: NDArray[np.uint64], keys: TieBreakers) -> None:
    """Put orders of one group, which stand together, into the sequence of their keys."""
    same = groups[1:] == groups[:-1]
    if not same.any():
        return
    tied = np.zeros(ranked.size, np.bool_)
    tied[1:] |= same
    tied[:-1] |= same
    at = np.flatnonzero(tied)
    words = key_words(keys.rows(ranked[at]))
    ranked[at] = ranked[at][np.lexsort((*words.T[::-1], groups[at]))]


@dataclass(frozen=True, slots=True, eq=False)
class Meetings:
    """Stretches of Wh over which one bid meets one offer.

    Where a bid and an offer end together, one stretch is empty and belongs to nobody.

    Attributes:
        bid: place of the bid among the bids, ascending.
        offer: place of the offer among the offers, ascending.
        quantity: Wh of each stretch, 0 or more.
        ends_offer: whether the stretch ends its offer, rather than its bid.
    """

    bid: Integers
    offer: Integers
    quantity: Integers
    ends_offer: NDArray[np.bool_]


def meetings(bids: Integers, offers: Integers) -> Meetings:
    """Let two rows of quantities meet: the first Wh of one the first of the other, and so on.

    Args:
        bids: Wh each, at least 1, below 2^61 in all.
        offers: Wh each, at least 1, adding up to the same.
    """
    ends = np.empty(bids.size + offers.size, np.int64)
    np.cumsum(bids, out=ends[: bids.size])
    np.cumsum(offers, out=ends[bids.size :])
    # The last bit tells the side. A stable sort merges two ascending runs in linear time.
    ends <<= 1
    ends[bids.size :] |= 1
    ends.sort(kind="stable")
    ends_offer = (ends & 1).astype(np.bool_)
    ends >>= 1
    offer = np.zeros(ends.size, np.int64)
    np.cumsum(ends_offer[:-1], out=offer[1:])
    bid = np.arange(ends.size)
    bid -= offer
    # Behind the last bid there is only the end of the last offer, without a Wh.
    bid[-1] = bids.size - 1
    ends[1:] -= ends[:-1].copy()
    return Meetings(bid, offer, ends, ends_offer)


def sums_to(ends: NDArray[np.bool_], values: Integers) -> Integers:
    """Add up the values up to and with each end, from the end before.

    Sums that fit 64 bits are exact, even where what is added up on the way does not.
    """
    sums = np.cumsum(values)[np.flatnonzero(ends)]
    sums[1:] -= sums[:-1].copy()
    return sums
