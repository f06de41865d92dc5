"""Orders from the best price to the worst, and who meets whom in that sequence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing.blocks import blocks, differences, gather
from market.clearing.orders import TieBreakers, key_words

Integers = NDArray[np.int64]
Words = NDArray[np.uint64]

_WORD_BITS: Final = 64
_PACKED_BITS: Final = 63
"""Without the sign: numpy sorts signed numbers a tenth faster than others."""
_FEWEST: Final = 2
AT_A_TIME: Final = 1 << 14
"""Stretches worked on together: a dozen numbers of each still lie in the processor's cache."""
_OFFER: Final = 1
"""The flag in the last bit of the Wh at which an offer ends."""


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
    rank(ascending, keys, indices, keys.heads(indices), places)
    return Ranking(gather(indices, places), ascending)


def rank(
    price: Integers, keys: TieBreakers, indices: Integers, heads: Words, places: Integers
) -> None:
    """Sort prices, and say at which place each one stood; equal prices by smallest key.

    Price, as many leading bits of the key as fit and the place are packed into one number each,
    so that one sort of plain numbers does it; what those bits cannot tell apart is compared whole.

    Args:
        price: of the orders at ``indices``; sorted here.
        keys: tie-breakers of all orders.
        indices: which of them to rank.
        heads: the first 8 bytes of their keys; lost here.
        places: where the places go: which of ``indices`` comes first, and so on.
    """
    if indices.size < _FEWEST:
        places.fill(0)
        return
    cheapest = int(price.min())
    place_bits = (indices.size - 1).bit_length()
    key_bits = _PACKED_BITS - (int(price.max()) - cheapest).bit_length() - place_bits
    heads >>= np.uint64(_WORD_BITS - key_bits)
    leading = heads.view(np.int64)
    for block in blocks(price.size):
        part = price[block]
        part -= cheapest
        part <<= key_bits
        part |= leading[block]
        part <<= place_bits
        part |= np.arange(block.start, block.stop)
    price.sort()
    np.bitwise_and(price, (1 << place_bits) - 1, out=places)
    price >>= place_bits
    _compare_whole_keys(price, keys, indices, places)
    price >>= key_bits
    price += cheapest


def _compare_whole_keys(
    groups: Integers, keys: TieBreakers, indices: Integers, places: Integers
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
    """Stretches of Wh over which one bid meets one offer, one array a field.

    Where a bid and an offer end at the same Wh, a stretch of 0 Wh lies between their ends.

    Attributes:
        bid: place of the bid among the bids, ascending; at the end of the last stretch of all,
            that may be one too many, of 0 Wh.
        offer: place of the offer among the offers, likewise.
        quantity: Wh of each stretch.
        bid_ends: the stretches after which their bid has nothing left.
        offer_ends: those after which their offer has nothing left.
    """

    bid: Integers
    offer: Integers
    quantity: Integers
    bid_ends: NDArray[np.intp]
    offer_ends: NDArray[np.intp]


def join_ends(quantity: Integers, bids: int) -> None:
    """Turn two rows of quantities into the Wh at which each ends, both rows in one.

    Args:
        quantity: Wh of each bid, and then of each offer, at least 1; bids add up to the same as
            offers, to less than 2^61. Here come the ends, ascending, with a flag for the side.
        bids: how many of them.
    """
    for side, flag in ((quantity[:bids], 0), (quantity[bids:], _OFFER)):
        np.cumsum(side, out=side)
        side <<= 1
        side |= flag
    # A stable sort merges two ascending runs in linear time.
    quantity.sort(kind="stable")


def meetings(ends: Integers) -> Iterator[Stretches]:
    """Let bids and offers meet: the first Wh bought is the first Wh sold, and so on.

    Args:
        ends: from ``join_ends``.

    Yields:
        One stretch for each end, some at a time.
    """
    begin = offers = 0
    for block in blocks(ends.size, AT_A_TIME):
        end = ends[block] >> 1
        flag = ends[block] & _OFFER
        offer = np.cumsum(flag)
        offer -= flag
        offer += offers
        bid = np.arange(block.start, block.stop)
        bid -= offer
        is_offer = flag.astype(np.bool_)
        yield Stretches(
            bid,
            offer,
            differences(end, begin),
            np.flatnonzero(~is_offer),
            np.flatnonzero(is_offer),
        )
        begin = int(end[-1])
        offers = int(offer[-1]) + int(flag[-1])
