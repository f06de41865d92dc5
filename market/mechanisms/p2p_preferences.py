"""Bilateral trades with preferences and network fees, as a mechanism."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from market.clearing.outcome import Trades
from market.clearing.point import HALF
from market.mechanisms.model import Cleared, Mechanism, Request, TableSpec
from market.preferences import Bilateral, clear_with_preferences
from market.preferences.tables import (
    AREA,
    ATTRIBUTES,
    FEE_COLUMNS,
    PREFERENCE_COLUMNS,
    PREFERENCE_OPTIONAL,
    read_terms,
)

_PREFERENCES: Final = TableSpec(
    option="preferences",
    about="premiums and refusals of participants for partners and attributes",
    columns=PREFERENCE_COLUMNS,
    optional=PREFERENCE_OPTIONAL,
    required=False,
)
_FEES: Final = TableSpec(
    option="fees",
    about="network fees from the seller's area to the buyer's",
    columns=FEE_COLUMNS,
    required=False,
)


def _rule(request: Request) -> Cleared:
    tables = request.tables
    terms = read_terms(request.book, tables.get(_PREFERENCES.option), tables.get(_FEES.option))
    k = HALF if request.k is None else request.k
    found = clear_with_preferences(request.orders, terms, request.tariff, k)
    return Cleared(found.outcome, _figures(found, request.book.ids))


def _figures(found: Bilateral, ids: Sequence[str]) -> dict[str, Any]:
    trades = found.outcome.trades or Trades.none()
    rows = zip(
        trades.buyer.tolist(),
        trades.seller.tolist(),
        found.fee.tolist(),
        found.lowest.tolist(),
        found.highest.tolist(),
        strict=True,
    )
    return {
        "network_fees": found.network_fees,
        "welfare": found.welfare,
        "trade_terms": [
            {"bid": ids[buyer], "offer": ids[seller], "fee": fee, "price_interval": [low, high]}
            for buyer, seller, fee, low, high in rows
        ],
    }


MECHANISM: Final = Mechanism(
    name="p2p-preferences",
    about="who trades with whom by limits, preferences and network fees, at stable prices",
    rule=_rule,
    columns=(AREA, ATTRIBUTES),
    tables=(_PREFERENCES, _FEES),
    takes_k=True,
    balanced=False,
)
