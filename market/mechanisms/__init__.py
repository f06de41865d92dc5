"""Clearing mechanisms by name, with what each needs beside the orders."""

from __future__ import annotations

from market.mechanisms.model import Cleared, Mechanism, Request, TableSpec
from market.mechanisms.registry import (
    MECHANISMS,
    PAY_AS_BID,
    PROVEN,
    UNIFORM_PRICE,
    community_mechanism,
    mechanism,
    mechanism_of_id,
    provable_mechanism,
)

__all__ = [
    "MECHANISMS",
    "PAY_AS_BID",
    "PROVEN",
    "UNIFORM_PRICE",
    "Cleared",
    "Mechanism",
    "Request",
    "TableSpec",
    "community_mechanism",
    "mechanism",
    "mechanism_of_id",
    "provable_mechanism",
]
