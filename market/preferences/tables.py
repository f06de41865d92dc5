"""Terms from an orders file and the tables beside it.

Orders have the columns ``area`` and ``attributes``; both may be empty. Preferences and fees are
tables of names. Names in the preferences that no order has are passed over: one table may serve a
community in every interval.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import isqrt
from typing import Final

import numpy as np

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MIN_PRICE
from market.orders_file import Column, OrdersFile
from market.preferences.inputs import ANY, Integers, Preferences, Terms, Traits
from market.preferences.values import MAX_PAIRS
from market.table_file import Table

AREA: Final = Column("area", "where the order is, as the fees name it", default="")
ATTRIBUTES: Final = Column("attributes", "words such as 'green local' apart by spaces", default="")

PREFERENCE_COLUMNS: Final = ("participant", "premium")
PREFERENCE_OPTIONAL: Final = ("partner", "attribute")
FEE_COLUMNS: Final = ("from_area", "to_area", "fee")
REFUSE: Final = "refuse"

_PREMIUM: Final = re.compile(r"-?[0-9]{1,10}")
_MAX_AREAS: Final = isqrt(MAX_PAIRS)


def read_terms(book: OrdersFile, preferences: Table | None, fees: Table | None) -> Terms:
    """Turn names into numbers.

    Args:
        book: the orders, with the columns ``AREA`` and ``ATTRIBUTES``.
        preferences: participant, partner, attribute, and a premium or ``REFUSE``.
        fees: from and to area, and a fee; a row with neither area holds for all other pairs, and
            without it these are free.

    Raises:
        InvalidValueError: naming file, line and field, or order and field, of the first fault.
    """
    parties = _numbered(book.participants)
    mentioned = () if preferences is None else preferences.texts("attribute")
    attributes = _numbered(word for word in mentioned if word)
    words = [set(text.split()) for text in book.columns[ATTRIBUTES.name]]
    has = [[word in found for word in attributes] for found in words]
    area, charged = _fees(book, fees)
    traits = Traits(
        party=np.array([parties[name] for name in book.participants], np.int64),
        area=area,
        attributes=np.array(has, np.bool_).reshape(len(words), len(attributes)),
    )
    return Terms(traits, _preferences(preferences, parties, attributes), charged)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _preferences(
    table: Table | None, parties: Mapping[str, int], attributes: Mapping[str, int]
) -> Preferences:
    if table is None:
        return Preferences.none()
    statements = _statements(table)
    amounts = [_premium(table, row, text) for row, text in enumerate(table.texts("premium"))]
    known = [
        row
        for row, (party, partner, _) in enumerate(statements)
        if party in parties and (not partner or partner in parties)
    ]
    numbers = [
        (
            parties[statements[row][0]],
            parties.get(statements[row][1], ANY),
            attributes.get(statements[row][2], ANY),
        )
        for row in known
    ]
    party, partner, attribute = np.array(numbers, np.int64).reshape(-1, 3).T
    return Preferences(
        party=party,
        partner=partner,
        attribute=attribute,
        premium=np.array([amounts[row] or 0 for row in known], np.int64),
        refuses=np.array([amounts[row] is None for row in known], np.bool_),
    )


def _statements(table: Table) -> Sequence[tuple[str, str, str]]:
    """Return participant, partner and attribute of each row, and refuse what makes no sense."""
    columns = (table.texts(name) for name in ("participant", "partner", "attribute"))
    found = list(zip(*columns, strict=True))
    seen: dict[tuple[str, str, str], int] = {}
    for row, (party, partner, attribute) in enumerate(found):
        if not party:
            raise table.fault(row, "participant", "a participant", party)
        if not partner and not attribute:
            raise table.fault(row, "partner, attribute", "a partner, an attribute or both", "none")
        if attribute and attribute.split() != [attribute]:
            raise table.fault(row, "attribute", "one word", attribute)
        first = seen.setdefault(found[row], row)
        if first != row:
            expected = f"one row for each (line {table.lines[first]} has it)"
            raise table.fault(row, "participant, partner, attribute", expected, found[row])
    return found


def _premium(table: Table, row: int, text: str) -> int | None:
    """Return the premium of a row, or None where it refuses."""
    if text == REFUSE:
        return None
    if not _PREMIUM.fullmatch(text) or not MIN_PRICE <= int(text) <= MAX_PRICE:
        expected = f"an integer from {MIN_PRICE} to {MAX_PRICE}, or {REFUSE}"
        raise table.fault(row, "premium", expected, text)
    return int(text)


def _fees(book: OrdersFile, table: Table | None) -> tuple[Integers, Integers]:
    """Return the area of each order, and the fees between these areas."""
    texts = book.columns[AREA.name]
    if table is None:
        return np.zeros(len(texts), np.int64), np.zeros((1, 1), np.int64)
    by_pair = _fees_by_pair(table)
    charged = {area for pair in by_pair for area in pair}
    for order_id, area in zip(book.ids, texts, strict=True):
        if area and area not in charged:
            raise InvalidValueError(f"order {order_id}: area", f"an area of {table.name}", area)
    areas = _numbered(["", *texts])
    if len(areas) > _MAX_AREAS:
        raise InvalidValueError("area", f"fewer than {_MAX_AREAS} areas", len(areas) - 1)
    fees = np.full((len(areas), len(areas)), by_pair.get(("", ""), 0), np.int64)
    for (origin, destination), fee in by_pair.items():
        if origin in areas and destination in areas:
            fees[areas[origin], areas[destination]] = fee
    return np.array([areas[area] for area in texts], np.int64), fees


def _fees_by_pair(table: Table) -> dict[tuple[str, str], int]:
    fees = table.integers("fee", 0, MAX_PRICE).tolist()
    pairs = list(zip(table.texts("from_area"), table.texts("to_area"), strict=True))
    found: dict[tuple[str, str], int] = {}
    for row, (pair, fee) in enumerate(zip(pairs, fees, strict=True)):
        if bool(pair[0]) != bool(pair[1]):
            raise table.fault(row, "from_area, to_area", "both, or neither for all others", pair)
        if pair in found:
            raise table.fault(row, "from_area, to_area", "each pair once", pair)
        found[pair] = fee
    return found
