"""Clearings that the market contract can check, and what is posted to it as the proof."""

from __future__ import annotations

from market.proving.model import ClaimedPrice, Proof, Proposal, Provable, ProvableRule
from market.proving.one_price import UNIFORM_PRICE, pool_at_one_price
from market.proving.pay_as_bid import PAY_AS_BID
from market.proving.posting import at_places, proving_call

__all__ = [
    "PAY_AS_BID",
    "UNIFORM_PRICE",
    "ClaimedPrice",
    "Proof",
    "Proposal",
    "Provable",
    "ProvableRule",
    "at_places",
    "pool_at_one_price",
    "proving_call",
]
