"""Clearing an interval again, plainly: each rule spelled out for a reader, not for speed."""

from __future__ import annotations

from settlement.audit.clearing.book import BookOrder, Clearing, no_trade
from settlement.audit.clearing.rules import RULES, Rule
from settlement.audit.clearing.uniform_price import PER_MILLE

__all__ = ["PER_MILLE", "RULES", "BookOrder", "Clearing", "Rule", "no_trade"]
