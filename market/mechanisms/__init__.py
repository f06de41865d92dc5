"""Clearing mechanisms by name, with what each needs beside the orders."""

from __future__ import annotations

from market.mechanisms.model import Cleared, Mechanism, ProvableRule, Request, TableSpec
from market.mechanisms.registry import (
    MECHANISMS,
    PAY_AS_BID,
    UNIFORM_PRICE,
    mechanism,
    mechanism_id,
    provable_rule,
)

__all__ = [
    "MECHANISMS",
    "PAY_AS_BID",
    "UNIFORM_PRICE",
    "Cleared",
    "Mechanism",
    "ProvableRule",
    "Request",
    "TableSpec",
    "mechanism",
    "mechanism_id",
    "provable_rule",
]
