"""Several markets with transfer limits between them, as a mechanism."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MIN_PRICE
from market.coupling import Coupling, Network, PriceBounds, ZonalOrders, couple
from market.coupling.areas import areas
from market.coupling.inputs import MAX_COUPLING_QUANTITY
from market.coupling.lines import Line
from market.coupling.located import Earnings, LocalPrices, earnings, located_outcome
from market.mechanisms.model import Cleared, Mechanism, Request, TableSpec
from market.mechanisms.places import Located, ends_of_lines, places_of_orders
from market.orders_file import REQUIRED, Column
from market.table_file import Table

Integers = NDArray[np.int64]

_ENDS: Final = ("from_zone", "to_zone")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Zones and borders, and the lines between them.

    Attributes:
        names: of the zones, then of the borders.
        border_price: of the borders, in millicent per kWh.
        lines: by the places of their ends among the names, in the sequence of these.
    """

    names: Sequence[str]
    border_price: Sequence[int]
    lines: Sequence[Line]

    @property
    def zones(self) -> Sequence[str]:
        return self.names[: len(self.names) - len(self.border_price)]

    def network(self) -> Network:
        rows = [(one.origin, one.destination, one.low, one.high, one.fee) for one in self.lines]
        prices = np.array(self.border_price, np.int64)
        return Network(len(self.zones), prices, *np.array(rows, np.int64).T)

    def earned(self, coupled: Coupling) -> list[Earnings]:
        price = [*coupled.price.tolist(), *self.border_price]
        return [
            earnings(line, flow, price[line.origin], price[line.destination])
            for line, flow in zip(self.lines, coupled.flow.tolist(), strict=True)
        ]

    def imports(self, coupled: Coupling) -> list[int]:
        """Return the Wh that each border gives, negative where it takes."""
        given = [0] * len(self.names)
        for line, flow in zip(self.lines, coupled.flow.tolist(), strict=True):
            given[line.origin] += flow
            given[line.destination] -= flow
        return given[len(self.zones) :]


def _clear(request: Request) -> Cleared:
    table = request.tables["lines"]
    layout = _layout(table, _border_prices(request))
    expected = "a zone at which a line ends, and no border"
    at = places_of_orders(request, "zone", layout.zones, expected)
    coupled = _coupled(request, at, layout)
    prices = LocalPrices(coupled.price, coupled.low, coupled.high)
    located = Located(
        kind="zone",
        names=layout.names,
        prices=prices,
        border_price=layout.border_price,
        lines=layout.lines,
        flows=coupled.flow.tolist(),
        earned=layout.earned(coupled),
    )
    imports = layout.imports(coupled)
    paid = sum(wh * price for wh, price in zip(imports, layout.border_price, strict=True))
    figures = located.figures(request, at, coupled.filled) | {"border_payment": paid}
    outcome = located_outcome(request.orders, at, prices, coupled.filled)
    exported = sum(max(-wh, 0) for wh in imports)
    return Cleared(replace(outcome, volume=outcome.volume + exported), figures)


def _coupled(request: Request, zone: Integers, layout: _Layout) -> Coupling:
    given, tariff = request.orders, request.tariff
    side = given.side.astype(np.int64)
    orders = ZonalOrders(zone, side, given.price, given.quantity, given.keys)
    bounds = PriceBounds(MIN_PRICE, MAX_PRICE)
    if tariff is not None:
        bounds = PriceBounds(tariff.feed_in, tariff.retail)
    try:
        return couple(orders, layout.network(), bounds)
    except InvalidValueError as error:
        field = f"{request.tables['lines'].name}: min_flow_wh"
        raise InvalidValueError(field, error.expected, error.got) from error


def _border_prices(request: Request) -> dict[str, int]:
    """Read the borders; each has to be reached by a line."""
    table = request.tables.get("borders")
    if table is None:
        return {}
    lines = request.tables["lines"]
    reached = {name for field in _ENDS for name in lines.texts(field)}
    prices = table.integers("price", MIN_PRICE, MAX_PRICE).tolist()
    found: dict[str, int] = {}
    for row, (name, price) in enumerate(zip(table.texts("zone"), prices, strict=True)):
        if name in found:
            raise table.fault(row, "zone", "each border once", name)
        if name not in reached:
            raise table.fault(row, "zone", "a zone at which a line ends", name)
        found[name] = price
    return found


def _layout(table: Table, border_prices: Mapping[str, int]) -> _Layout:
    """Read the lines; they have to join all zones and borders."""
    ends = ends_of_lines(table, _ENDS)
    zones = [name for name in ends if name not in border_prices]
    borders = [name for name in ends if name in border_prices]
    names = [*zones, *borders]
    lines = _lines(table, {name: place for place, name in enumerate(names)}, len(zones))
    found = areas(range(len(names)), lines, range(len(lines)))
    if len(found) > 1:
        first, other = (names[area.nodes[0]] for area in found[:2])
        expected = "lines that join all zones, directly or over each other"
        raise InvalidValueError(table.name, expected, f"none from {first} to {other}")
    return _Layout(names, [border_prices[name] for name in borders], lines)


def _lines(table: Table, place: Mapping[str, int], zones: int) -> list[Line]:
    most = MAX_COUPLING_QUANTITY
    rows = zip(
        *(table.texts(field) for field in _ENDS),
        table.integers("min_flow_wh", -most, most).tolist(),
        table.integers("max_flow_wh", -most, most).tolist(),
        table.integers("fee", 0, MAX_PRICE, default=0).tolist(),
        strict=True,
    )
    found: dict[frozenset[str], Line] = {}
    for row, (origin, destination, low, high, fee) in enumerate(rows):
        line = Line(place[origin], place[destination], low, high, fee)
        pair = frozenset((origin, destination))
        expected = _fault(line, zones, twice=pair in found)
        if expected:
            raise table.fault(row, ", ".join(_ENDS), expected, f"{origin}, {destination}")
        if low > high:
            raise table.fault(row, "max_flow_wh", f"at least min_flow_wh {low}", high)
        found[pair] = line
    return sorted(found.values(), key=lambda line: (line.origin, line.destination))


def _fault(line: Line, zones: int, *, twice: bool) -> str | None:
    """Return what the ends of a line should have been."""
    if line.origin == line.destination:
        return "two different zones"
    if min(line.origin, line.destination) >= zones:
        return "a zone that is no border at one end at least"
    return "one row a line, with both directions in it" if twice else None


ZONAL: Final = Mechanism(
    name="zonal",
    about="several markets with transfer limits between them; each zone has its price",
    rule=_clear,
    columns=(Column("zone", "the market in which the order stands", default=REQUIRED),),
    tables=(
        TableSpec(
            "lines",
            "transfer limits in Wh, and millicent per kWh that lines charge",
            ("from_zone", "to_zone", "min_flow_wh", "max_flow_wh"),
            ("fee",),
        ),
        TableSpec(
            "borders",
            "zones that take or give any amount at a price in millicent per kWh",
            ("zone", "price"),
            required=False,
        ),
    ),
    balanced=False,
)
