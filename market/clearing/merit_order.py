"""Orders from the best price to the worst, and who meets whom in that sequence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing.blocks import BLOCK, blocks, differences, gather
from market.clearing.orders import TieBreakers, key_words

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Words = NDArray[np.uint64]

_WORD_BITS: Final = 64
_FEWEST: Final = 2
_FLAGS: Final = 2
_BID, _OFFER, _BOTH = 1, 2, 3
"""Flags in the last two bits of the Wh at which something ends."""


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

    Args:
        price: of the orders at ``indices``; negated where the dearest come first.
        keys: tie-breakers of all orders.
        indices: which of them to rank.
    """
    ascending, places = price.copy(), np.empty_like(indices)
    rank(ascending, keys, indices, places)
    return Ranking(gather(indices, places), ascending)


def rank(price: Integers, keys: TieBreakers, indices: Integers, places: Integers) -> None:
    """Sort prices, and say at which place each one stood; equal prices by smallest key.

    Price, as many leading bits of the key as fit and the place are packed into one number each,
    so that one sort of plain numbers does it; what those bits cannot tell apart is compared whole.

    Args:
        price: of the orders at ``indices``; sorted here.
        keys: tie-breakers of all orders.
        indices: which of them to rank.
        places: where the places go: which of ``indices`` comes first, and so on.
    """
    if indices.size < _FEWEST:
        places.fill(0)
        return
    cheapest = int(price.min())
    place_bits = (indices.size - 1).bit_length()
    key_bits = _WORD_BITS - (int(price.max()) - cheapest).bit_length() - place_bits
    price -= cheapest
    packed = price.view(np.uint64)
    _pack(packed, keys, indices, key_bits, place_bits)
    packed.sort()
    np.bitwise_and(packed, np.uint64((1 << place_bits) - 1), out=places.view(np.uint64))
    packed >>= np.uint64(place_bits)
    _compare_whole_keys(packed, keys, indices, places)
    packed >>= np.uint64(key_bits)
    price += cheapest


def _pack(
    packed: Words, keys: TieBreakers, indices: Integers, key_bits: int, place_bits: int
) -> None:
    """Put leading bits of the key and the place behind what stands there."""
    for block in blocks(packed.size):
        part = packed[block]
        part <<= np.uint64(key_bits)
        part |= keys.heads(indices[block]) >> np.uint64(_WORD_BITS - key_bits)
        part <<= np.uint64(place_bits)
        part |= np.arange(block.start, block.stop, dtype=np.uint64)


def _compare_whole_keys(
    groups: Words, keys: TieBreakers, indices: Integers, places: Integers
) -> None:
    """Put orders of one group, which stand together, into the sequence of their keys."""
    same = groups[1:] == groups[:-1]
    if not same.any():
        return
    tied = np.zeros(groups.size, np.bool_)
    tied[1:] |= same
    tied[:-1] |= same
    at = np.flatnonzero(tied)
    words = key_words(keys.rows(indices[places[at]]))
    places[at] = places[at][np.lexsort((*words.T[::-1], groups[at]))]


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Stretches of Wh over which one bid meets one offer.

    Attributes:
        bid: place of the bid among the bids, ascending.
        offer: place of the offer among the offers, ascending.
        quantity: Wh of each stretch, at least 1.
        bid_ends: the stretches after which their bid has nothing left.
        offer_ends: those after which their offer has nothing left.
    """

    bid: Integers
    offer: Integers
    quantity: Integers
    bid_ends: NDArray[np.intp]
    offer_ends: NDArray[np.intp]

    def __len__(self) -> int:
        """Return the number of stretches."""
        return self.quantity.size


def meetings(quantity: Integers, bids: int) -> Iterator[Stretches]:
    """Let two rows of quantities meet: the first Wh of one the first of the other, and so on.

    Args:
        quantity: Wh of each bid, and then of each offer, at least 1; bids add up to the same as
            offers, to less than 2^61. What stands there is lost.
        bids: how many of them.

    Yields:
        All stretches, some at a time.
    """
    ends = _ends(quantity, bids)
    start = begin = bid = offer = 0
    while start < ends.size:
        stop = min(ends.size, start + BLOCK)
        if stop < ends.size and ends[stop] ^ ends[stop - 1] == _BOTH:
            stop += 1
        end = _common_ends(ends[start:stop])
        ends_bid, ends_offer = ((end & side).astype(np.bool_) for side in (_BID, _OFFER))
        end >>= _FLAGS
        bids_now, offers_now = _counted(ends_bid, bid), _counted(ends_offer, offer)
        yield Stretches(
            bids_now[:-1],
            offers_now[:-1],
            differences(end, begin),
            np.flatnonzero(ends_bid),
            np.flatnonzero(ends_offer),
        )
        start, begin = stop, int(end[-1])
        bid, offer = int(bids_now[-1]), int(offers_now[-1])


def _ends(quantity: Integers, bids: int) -> Integers:
    """Return the Wh at which bids and offers end, ascending, with a flag for the side."""
    for side in (quantity[:bids], quantity[bids:]):
        np.cumsum(side, out=side)
    quantity <<= _FLAGS
    quantity[:bids] |= _BID
    quantity[bids:] |= _OFFER
    # A stable sort merges two ascending runs in linear time.
    quantity.sort(kind="stable")
    return quantity


def _common_ends(ends: Integers) -> Integers:
    """Make one of two ends at the same Wh, with both flags."""
    first = np.flatnonzero((ends[1:] ^ ends[:-1]) == _BOTH)
    if not first.size:
        return ends.copy()
    ends[first + 1] |= _BID
    return np.delete(ends, first)


def _counted(ends: Mask, before: int) -> Integers:
    """Return how many have ended before each stretch, and behind the last."""
    counted = np.empty(ends.size + 1, np.int64)
    counted[0] = 0
    np.cumsum(ends, out=counted[1:])
    counted += before
    return counted
