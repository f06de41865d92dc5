"""Tables of curves, transfer capacities and border prices, and putting periods together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.order import Side
from market.coupling.inputs import (
    MAX_COUPLING_PRICE,
    MAX_COUPLING_QUANTITY,
    PRICE_PER_EURO,
    WATT_HOURS_PER_MEGAWATT_HOUR,
    Network,
    ZonalOrders,
)
from market.table_file import Table

Integers = NDArray[np.int64]
Period = tuple[str, int]
"""Delivery day (ISO 8601) and number of the period within it, from 1."""

CURVE_COLUMNS: Final = (
    "delivery_day",
    "period",
    "zone",
    "side",
    "price_eur_per_mwh",
    "quantity_mwh",
)
CAPACITY_COLUMNS: Final = (
    "delivery_day",
    "period",
    "from_zone",
    "to_zone",
    "min_flow_mwh",
    "max_flow_mwh",
)
FEE_COLUMN: Final = "fee_eur_per_mwh"
BORDER_COLUMNS: Final = ("delivery_day", "period", "zone", "price_eur_per_mwh")

_SIDES: Final = {"demand": int(Side.BID), "supply": int(Side.OFFER)}
_PERIOD: Final = re.compile(r"[0-9]{1,4}")
_NUMBER: Final = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", re.ASCII)
_PRICE_NOISE: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class CouplingFiles:
    """Everything that is to be coupled.

    Attributes:
        zones: names of the zones to clear.
        curves: rows of their orders by period, the periods rising.
        capacities: rows of lines by period.
        border_price: 10^-5 EUR/MWh by period and border.
    """

    zones: tuple[str, ...]
    curves: Mapping[Period, ZonalOrders]
    capacities: Mapping[Period, Sequence[CapacityRow]]
    border_price: Mapping[Period, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """A line of one period by the names of its ends; Wh and 10^-5 EUR/MWh."""

    origin: str
    destination: str
    low: int
    high: int
    fee: int


@dataclass(frozen=True, slots=True, eq=False)
class PeriodInput:
    """One period, ready to be coupled.

    Attributes:
        period: delivery day and number.
        orders: of the zones.
        network: the zones first, in the sequence asked for, then zones that only pass energy on.
        lines: names of the ends of each line of the network.
        passing: neighbours without a price in this period, through which energy only passes.
    """

    period: Period
    orders: ZonalOrders
    network: Network
    lines: Sequence[tuple[str, str]]
    passing: Sequence[str]


def read_coupling(
    zones: Sequence[str], curves: Table, capacities: Table, borders: Table | None
) -> CouplingFiles:
    """Check the tables against each other and turn them into integers.

    Curves and prices of places that play no part are left out: curves of zones that are not asked
    for but have a border price, and prices (not even read) of zones that are asked for or at which
    no line ends.

    Args:
        zones: names of the zones to clear.
        curves: with ``CURVE_COLUMNS``.
        capacities: with ``CAPACITY_COLUMNS`` and perhaps ``FEE_COLUMN``.
        borders: with ``BORDER_COLUMNS``, or None where there are no borders.

    Raises:
        InvalidValueError: naming file, line and field of the first fault of a table; a zone that is
            not known, or is not connected.
    """
    names = _zones(zones)
    ends = {*capacities.columns["from_zone"], *capacities.columns["to_zone"]}.difference(names)
    border_price = {} if borders is None else _border_prices(borders, ends)
    priced = set() if borders is None else set(borders.columns["zone"])
    orders = _curves(curves, names, priced)
    lines = _capacities(capacities, names, priced)
    files = CouplingFiles(names, orders, lines, border_price)
    _require_places(files, capacities.name, set(curves.columns["zone"]))
    _require_lines(files, capacities.name)
    return files


def periods(files: CouplingFiles) -> Iterator[PeriodInput]:
    """Put the periods together, one after another."""
    for period, orders in files.curves.items():
        yield _period_input(files, period, orders)


def _zones(zones: Sequence[str]) -> tuple[str, ...]:
    for zone in zones:
        if not zone:
            raise InvalidValueError("zones", "names, with commas between them", list(zones))
        if zones.count(zone) > 1:
            raise InvalidValueError("zones", "each zone once", zone)
    if not zones:
        raise InvalidValueError("zones", "at least one zone", [])
    return tuple(zones)


def _border_prices(table: Table, ends: set[str]) -> dict[Period, dict[str, int]]:
    """Read the prices of places at which lines end, and of no others."""
    table = table.where([zone in ends for zone in table.columns["zone"]])
    keys = _periods(table)
    prices = _scaled(table, "price_eur_per_mwh", PRICE_PER_EURO, MAX_COUPLING_PRICE)
    found: dict[Period, dict[str, int]] = {}
    rows = zip(keys, table.columns["zone"], prices.tolist(), strict=True)
    for row, (period, zone, price) in enumerate(rows):
        if zone in found.setdefault(period, {}):
            expected = f"one price a zone and period ({_named(period)})"
            raise table.fault(row, "zone", expected, zone)
        found[period][zone] = price
    return found


def _curves(table: Table, zones: Sequence[str], priced: set[str]) -> dict[Period, ZonalOrders]:
    keys = _periods(table)
    places = {name: place for place, name in enumerate(zones)}
    places = dict.fromkeys(priced, -1) | places
    zone = _codes(table, "zone", places, "a zone of --zones or with a border price")
    side = _codes(table, "side", _SIDES, "'demand' or 'supply'")
    price = _scaled(table, "price_eur_per_mwh", PRICE_PER_EURO, MAX_COUPLING_PRICE)
    quantity = _scaled(table, "quantity_mwh", WATT_HOURS_PER_MEGAWATT_HOUR, MAX_COUPLING_QUANTITY)
    for row in np.flatnonzero(quantity < 0)[:1].tolist():
        got = table.columns["quantity_mwh"][row]
        raise table.fault(row, "quantity_mwh", "a quantity of 0 or more", got)
    order = {period: place for place, period in enumerate(sorted(set(keys)))}
    number = np.array([order[key] for key in keys], np.int64)
    ranking = np.flatnonzero(zone >= 0)
    ranking = ranking[np.argsort(number[ranking], kind="stable")]
    ends = np.searchsorted(number[ranking], np.arange(len(order) + 1)).tolist()
    parts = (ranking[start:end] for start, end in pairwise(ends))
    return {
        period: ZonalOrders(zone[part], side[part], price[part], quantity[part])
        for period, part in zip(order, parts, strict=True)
    }


def _capacities(
    table: Table, zones: Sequence[str], priced: set[str]
) -> dict[Period, list[CapacityRow]]:
    keys = _periods(table)
    low = _scaled(table, "min_flow_mwh", WATT_HOURS_PER_MEGAWATT_HOUR, MAX_COUPLING_QUANTITY)
    high = _scaled(table, "max_flow_mwh", WATT_HOURS_PER_MEGAWATT_HOUR, MAX_COUPLING_QUANTITY)
    known = priced.union(zones)
    ends = [_known(table, field, known) for field in ("from_zone", "to_zone")]
    found: dict[Period, dict[frozenset[str], CapacityRow]] = {}
    rows = zip(keys, *ends, low.tolist(), high.tolist(), _fees(table), strict=True)
    for row, (period, origin, destination, least, most, fee) in enumerate(rows):
        pair = frozenset((origin, destination))
        if len(pair) == 1:
            raise table.fault(row, "to_zone", "another zone than from_zone", destination)
        if pair in found.setdefault(period, {}):
            expected = f"one row a line and period ({_named(period)})"
            raise table.fault(row, "from_zone, to_zone", expected, f"{origin}, {destination}")
        if least > most:
            got = table.columns["max_flow_mwh"][row]
            raise table.fault(row, "max_flow_mwh", "at least min_flow_mwh", got)
        found[period][pair] = CapacityRow(origin, destination, least, most, fee)
    return {period: list(lines.values()) for period, lines in found.items()}


def _fees(table: Table) -> list[int]:
    if FEE_COLUMN not in table.columns:
        return [0] * len(table.lines)
    fees = _scaled(table, FEE_COLUMN, PRICE_PER_EURO, MAX_COUPLING_PRICE)
    for row in np.flatnonzero(fees < 0)[:1].tolist():
        raise table.fault(row, FEE_COLUMN, "a fee of 0 or more", table.columns[FEE_COLUMN][row])
    found: list[int] = fees.tolist()
    return found


def _periods(table: Table) -> list[Period]:
    pairs = list(zip(table.columns["delivery_day"], table.columns["period"], strict=True))
    known: dict[tuple[str, str], Period] = {}
    for row, pair in enumerate(pairs):
        if pair not in known:
            known[pair] = _period(table, row, *pair)
    return [known[pair] for pair in pairs]


def _period(table: Table, row: int, day: str, number: str) -> Period:
    try:
        iso = date.fromisoformat(day).isoformat()
    except ValueError:
        raise table.fault(row, "delivery_day", "a date as YYYY-MM-DD", day) from None
    if iso != day:
        raise table.fault(row, "delivery_day", "a date as YYYY-MM-DD", day)
    if not _PERIOD.fullmatch(number) or int(number) < 1:
        raise table.fault(row, "period", "a whole number from 1 on", number)
    return day, int(number)


def _codes(table: Table, field: str, codes: Mapping[str, int], expected: str) -> Integers:
    texts = table.columns[field]
    try:
        return np.array([codes[text] for text in texts], np.int64)
    except KeyError:
        row = next(row for row, text in enumerate(texts) if text not in codes)
        raise table.fault(row, field, expected, texts[row]) from None


def _known(table: Table, field: str, known: set[str]) -> Sequence[str]:
    for row, text in enumerate(table.columns[field]):
        if text not in known:
            expected = "a zone of --zones or with a border price"
            raise table.fault(row, field, expected, text)
    return table.columns[field]


def _scaled(table: Table, field: str, scale: int, most: int) -> Integers:
    """Turn decimals into whole units; what is finer than a unit of quantity is rounded."""
    texts = table.columns[field]
    try:
        numbers = np.array(texts, dtype=np.float64) if texts else np.zeros(0)
    except ValueError:
        numbers = np.array([float(text) if _NUMBER.fullmatch(text) else np.nan for text in texts])
    scaled = numbers * scale
    whole = np.rint(scaled)
    bad = ~(np.abs(scaled) <= most)
    if scale == PRICE_PER_EURO:
        bad |= np.abs(scaled - whole) > _PRICE_NOISE
    for row in np.flatnonzero(bad)[:1].tolist():
        finest = "of at most 5 decimals " if scale == PRICE_PER_EURO else ""
        raise table.fault(row, field, f"a number {finest}up to {most // scale}", texts[row])
    return whole.astype(np.int64)


def _require_places(files: CouplingFiles, name: str, with_curves: set[str]) -> None:
    ends = {end for rows in files.capacities.values() for row in rows for end in _ends(row)}
    for zone in files.zones:
        if zone not in ends and zone not in with_curves:
            expected = "zones with curves or lines"
            raise InvalidValueError("zones", expected, zone)
        if zone not in ends and len(files.zones) > 1:
            raise InvalidValueError(f"{name}: zones", f"a line to or from {zone}", "none")


def _require_lines(files: CouplingFiles, name: str) -> None:
    if not files.curves:
        raise InvalidValueError("curves", "at least one row of these zones", "none")
    missing = [period for period in files.curves if period not in files.capacities]
    if missing and len(files.zones) > 1:
        raise InvalidValueError(name, f"rows for {_named(missing[0])}, as the curves have", "none")


def _ends(row: CapacityRow) -> tuple[str, str]:
    return row.origin, row.destination


def _period_input(files: CouplingFiles, period: Period, orders: ZonalOrders) -> PeriodInput:
    rows = files.capacities.get(period, [])
    prices = files.border_price.get(period, {})
    ends = dict.fromkeys(end for row in rows for end in _ends(row))
    passing = sorted(end for end in ends if end not in prices and end not in files.zones)
    borders = sorted(end for end in ends if end in prices)
    inside = [*files.zones, *passing]
    place = {name: number for number, name in enumerate([*inside, *borders])}
    network = Network(
        zones=len(inside),
        border_price=np.array([prices[border] for border in borders], np.int64),
        origin=np.array([place[row.origin] for row in rows], np.int64),
        destination=np.array([place[row.destination] for row in rows], np.int64),
        low=np.array([row.low for row in rows], np.int64),
        high=np.array([row.high for row in rows], np.int64),
        fee=np.array([row.fee for row in rows], np.int64),
    )
    return PeriodInput(period, orders, network, [_ends(row) for row in rows], passing)


def _named(period: Period) -> str:
    day, number = period
    return f"{day} period {number}"
