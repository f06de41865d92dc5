"""From a proof to the call that posts it."""

from __future__ import annotations

from collections.abc import Sequence

from chain.calls import Call
from chain.contracts import PayAsBidResult
from domain.interval import Interval
from market.book import CommittedBatch
from market.ports import MarketContract
from market.proving.model import Proof


def proving_call(
    contract: MarketContract, interval: Interval, batches: Sequence[CommittedBatch], proof: Proof
) -> Call:
    """Return the call that proves an interval's clearing.

    Args:
        contract: the market contract.
        interval: which interval.
        batches: its whole book.
        proof: what says how it clears.
    """
    packed = [batch.packed for batch in batches]
    if isinstance(proof, PayAsBidResult):
        digests = [batch.digests for batch in batches]
        return contract.clear_pay_as_bid(interval, packed, digests, proof)
    hashes = [batch.digests_hash for batch in batches]
    return contract.clear(interval, packed, hashes, proof.price, proof.volume)
