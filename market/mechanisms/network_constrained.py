"""One market on a radial feeder, as a mechanism."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.instant import parse_instant
from market.mechanisms.model import Cleared, Mechanism, Request, TableSpec
from market.mechanisms.places import Located, ends_of_lines, places_of_orders
from market.network import Feeder, Restriction, clear_feeder, energy_limit, in_force
from market.network.feeder import MAX_FEE, line_fault
from market.network.restrictions import MAX_POWER
from market.orders_file import REQUIRED, Column
from market.table_file import Table

Integers = NDArray[np.int64]
Limits = dict[tuple[int, int], int]
"""W by the places between which they hold, in this direction."""

_ENDS: Final = ("from_node", "to_node")
_AS_LIMIT: Final = -1
"""Stands for a reverse limit that equals the limit."""


def _clear(request: Request) -> Cleared:
    table = request.tables["lines"]
    nodes = ends_of_lines(table, _ENDS)
    feeder = _feeder(table, nodes, request)
    at = places_of_orders(request, "node", nodes, "a node at which a line ends")
    cleared = clear_feeder(request.orders, at, feeder, request.tariff)
    located = Located(
        kind="node",
        names=nodes,
        prices=cleared.prices,
        border_price=(),
        lines=feeder.lines,
        flows=cleared.flow.tolist(),
        earned=cleared.earnings(),
    )
    figures = located.figures(request, at, cleared.filled)
    return Cleared(cleared.outcome(request.orders, at), figures)


def _feeder(table: Table, nodes: Sequence[str], request: Request) -> Feeder:
    """Build the feeder as it is in the interval, its lines in the sequence of their names."""
    place = {name: number for number, name in enumerate(nodes)}
    origin, destination = ([place[name] for name in table.texts(field)] for field in _ENDS)
    fault = line_fault(len(nodes), origin, destination)
    if fault is not None:
        got = ", ".join(table.texts(field)[fault.line] for field in _ENDS)
        raise table.fault(fault.line, ", ".join(_ENDS), fault.expected, got)
    limits = _limits(table, origin, destination)
    for ends, limit in _restricted(request, place, limits).items():
        limits[ends] = min(limits[ends], limit)
    fees = table.integers("fee", 0, MAX_FEE, default=0).tolist()
    energy = {ends: energy_limit(power, request.duration) for ends, power in limits.items()}
    rows = sorted(
        (tail, head, energy[tail, head], energy[head, tail], fee)
        for tail, head, fee in zip(origin, destination, fees, strict=True)
    )
    try:
        return Feeder(nodes, *np.array(rows, np.int64).T)
    except InvalidValueError as error:
        raise InvalidValueError(table.name, error.expected, error.got) from error


def _limits(table: Table, origin: Sequence[int], destination: Sequence[int]) -> Limits:
    """Return the limits of the lines, both directions."""
    forward = table.integers("limit_w", 0, MAX_POWER).tolist()
    reverse = table.integers("reverse_limit_w", 0, MAX_POWER, default=_AS_LIMIT).tolist()
    limits: Limits = {}
    for tail, head, there, back in zip(origin, destination, forward, reverse, strict=True):
        limits[tail, head] = there
        limits[head, tail] = there if back == _AS_LIMIT else back
    return limits


def _restricted(request: Request, place: Mapping[str, int], limits: Limits) -> Limits:
    """Return the limits that are in force in the interval beside the lasting ones."""
    table = request.tables.get("restrictions")
    if table is None:
        return {}
    if request.start is None:
        expected = "the start of the interval, for restrictions hold for a time"
        raise InvalidValueError("start", expected, "none")
    power = table.integers("limit_w", 0, MAX_POWER).tolist()
    found: list[Restriction] = []
    for row, names in enumerate(zip(*(table.texts(field) for field in _ENDS), strict=True)):
        ends = place.get(names[0], -1), place.get(names[1], -1)
        if ends not in limits:
            raise table.fault(row, ", ".join(_ENDS), "the ends of a line", ", ".join(names))
        start, end = _instant(table, row, "start"), _instant(table, row, "end")
        if end <= start:
            raise table.fault(row, "end", "an instant after the start", table.texts("end")[row])
        found.append(Restriction(*ends, start, end, power[row]))
    return in_force(found, request.start, request.duration)


def _instant(table: Table, row: int, field: str) -> int:
    return parse_instant(table.texts(field)[row], f"{table.name} line {table.lines[row]}: {field}")


NETWORK_CONSTRAINED: Final = Mechanism(
    name="network-constrained",
    about="one market on a radial feeder; lines have limits, nodes have prices",
    rule=_clear,
    columns=(Column("node", "where on the feeder the order stands", default=REQUIRED),),
    tables=(
        TableSpec(
            "lines",
            "lines of the feeder with their limits in W, and millicent per kWh that they charge",
            ("from_node", "to_node", "limit_w"),
            ("reverse_limit_w", "fee"),
        ),
        TableSpec(
            "restrictions",
            "limits in W that hold for a time, from from_node to to_node; needs --start",
            ("from_node", "to_node", "start", "end", "limit_w"),
            required=False,
        ),
    ),
    takes_start=True,
    balanced=False,
)
