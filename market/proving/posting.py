"""From a proof to the call that posts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chain.calls import Call
from chain.contracts import NO_ORDER, PayAsBidResult, pack_ranked, unpack_ranked
from domain.interval import Interval
from market.book import BookLink
from market.ports import MarketContract
from market.proving.model import Proof


def proving_call(
    contract: MarketContract, interval: Interval, links: Sequence[BookLink], proof: Proof
) -> Call:
    """Return the call that proves an interval's clearing.

    Args:
        contract: the market contract.
        interval: which interval.
        links: its whole book, batches and cancellations.
        proof: what says how it clears.
    """
    packed = [link.packed for link in links]
    if isinstance(proof, PayAsBidResult):
        digests = [link.digests for link in links]
        return contract.clear_pay_as_bid(interval, packed, digests, proof)
    hashes = [link.digests_hash for link in links]
    return contract.clear(interval, packed, hashes, proof.price, proof.volume)


def at_places(proof: Proof, places: Sequence[int]) -> Proof:
    """Return a proof of some orders of a book that names them by their places in the whole book.

    Args:
        proof: names orders by their places among those that were cleared.
        places: of these orders in the whole book, ascending.
    """
    if not isinstance(proof, PayAsBidResult):
        return proof
    last = proof.last_extra
    return replace(
        proof,
        bids=_renamed(proof.bids, places),
        offers=_renamed(proof.offers, places),
        last_extra=last if last == NO_ORDER else places[last],
    )


def _renamed(ranked: bytes, places: Sequence[int]) -> bytes:
    return pack_ranked((places[place], row) for place, row in unpack_ranked(ranked))
