"""The report as one HTML file that needs nothing else: no server, no network, no other file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from domain.units import MONEY_PER_EURO
from node.report.data import (
    GasFigures,
    IntervalFigures,
    OrderFigures,
    ParticipantFigures,
    ReportData,
)
from node.report.totals import Totals, cents, euro_cents, kilowatt_hours, percent, totals
from node.report.wording import wording

_ASSETS: Final = Path(__file__).parent / "assets"
_TICK_HOURS: Final = 3
_SECONDS_OF_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Card:
    """One key figure: what it is, its value and unit, a note beneath, and its colour."""

    label: str
    value: str
    unit: str
    note: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The auditor's verdict in a line."""

    style: str
    mark: str
    title: str
    text: str


def write_report(data: ReportData, path: Path) -> None:
    """Write a day's report.

    Args:
        data: what to show.
        path: the HTML file to write; one that is there is replaced.
    """
    path.write_text(render_report(data), encoding="utf-8")


def render_report(data: ReportData) -> str:
    """Return a day's report as HTML."""
    loader = FileSystemLoader(_ASSETS)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html.j2").render(_context(data))


def _context(data: ReportData) -> dict[str, Any]:
    day = totals(data)
    trading = [at for at, interval in enumerate(data.intervals) if interval.price is not None]
    return {
        "data": data,
        "audit_command": f"{data.program} audit {shlex.quote(data.run)}",
        "css": _asset("report.css"),
        "js": _asset("report.js"),
        "plotly": Markup(get_plotlyjs()),  # noqa: S704  plotly's own, not a user's
        "payload": _embedded(_payload(data)),
        "day_name": f"{data.day:%A}, {data.day.day} {data.day:%B %Y}",
        "minutes": data.duration_s // _SECONDS_OF_MINUTE,
        "wording": wording(data.mechanism, data.k),
        "verdict": _verdict(data),
        "cards": list(_cards(data, day)),
        "price_sentence": _price_sentence(data, day),
        "flow_sentence": _flow_sentence(day),
        "saving_sentence": _saving_sentence(data.participants, day),
        "trading": [(at, _option(data, at)) for at in trading],
        "busiest": max(trading, key=lambda at: data.intervals[at].traded, default=None),
        "participant_rows": [_participant_row(member) for member in data.participants],
        "interval_rows": [_interval_row(data, interval) for interval in data.intervals],
    }


def _asset(name: str) -> Markup:
    return Markup((_ASSETS / name).read_text(encoding="utf-8"))  # noqa: S704  the package's own


def _embedded(payload: object) -> Markup:
    """Write JSON that cannot end the script element which holds it."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704  escaped right here


def _payload(data: ReportData) -> dict[str, Any]:
    words = wording(data.mechanism, data.k)
    return {
        "minutes": data.duration_s // _SECONDS_OF_MINUTE,
        "onePrice": words.one_price,
        "priceName": words.price,
        "pointName": words.point,
        "ticks": list(_ticks(data)),
        "intervals": [_interval(data, interval) for interval in data.intervals],
        "participants": [
            {"name": member.name, "account": member.account, "saved": member.saved}
            for member in data.participants
        ],
    }


def _ticks(data: ReportData) -> Iterator[dict[str, Any]]:
    for at, interval in enumerate(data.intervals):
        local = data.local(interval.start)
        if local.minute == 0 and local.hour % _TICK_HOURS == 0:
            yield {"at": at, "hour": local.hour, "label": f"{local:%H:%M}"}


def _interval(data: ReportData, interval: IntervalFigures) -> dict[str, Any]:
    return {
        "from": f"{data.local(interval.start):%H:%M}",
        "until": f"{data.local(interval.start + data.duration_s):%H:%M}",
        "feedIn": interval.feed_in,
        "retail": interval.retail,
        "price": interval.paid_price,
        "point": interval.price,
        "traded": interval.traded,
        "fromGrid": interval.from_grid,
        "fedIn": interval.fed_in,
        "priceHash": interval.price_hash,
        "bids": _orders(interval.bids),
        "offers": _orders(interval.offers),
    }


def _orders(orders: Sequence[OrderFigures]) -> list[tuple[int, int, int]]:
    return [(order.quantity, order.price, order.account) for order in orders]


def _option(data: ReportData, at: int) -> str:
    interval = data.intervals[at]
    local = data.local(interval.start)
    return f"{local:%H:%M} {local:%Z} · {kilowatt_hours(interval.traded)}"


def _verdict(data: ReportData) -> Verdict:
    if not data.audit:
        return Verdict("open", "?", "Not audited yet.", "Run the command below to check the day.")
    failures = [check for check in data.audit if check.failed]
    if failures:
        names = ", ".join(check.name for check in failures)
        return Verdict("failed", "!", "Audit failed.", f"Does not hold: {names}.")
    checked = sum(check.checked for check in data.audit)
    text = f"{checked:,} values in {len(data.audit)} checks, every one holds."
    return Verdict("passed", "✓", "Audit passed.", text)


def _cards(data: ReportData, day: Totals) -> Iterator[Card]:
    trading = f"in {day.trading_intervals} of {len(data.intervals)} intervals"
    yield _energy("Traded locally", day.traded, trading, "local")
    yield _energy("From the grid", day.from_grid, "settled at the retail price", "grid")
    yield _energy("Fed into the grid", day.fed_in, "settled at the feed-in price", "feed")
    yield _share("Self-sufficiency", day.self_sufficiency, day.self_sufficiency_alone)
    yield _share("Self-consumption", day.self_consumption, day.self_consumption_alone)
    value, unit = euro_cents(day.saved).split(" ")
    members = f"by {len(data.participants)} participants, against the grid alone"
    yield Card("Saved by all", value, unit, members)
    yield from _gas_cards(data.gas)


def _gas_cards(gas: GasFigures) -> Iterator[Card]:
    yield _gas("Gas per order", gas.per_order, f"{gas.orders:,} committed and verified")
    yield _gas("Gas per reading", gas.per_reading, f"{gas.readings:,} attested")
    yield _gas("Gas per participant", gas.per_position, f"and interval, {gas.positions:,} settled")


def _gas(label: str, each: int, note: str) -> Card:
    return Card(label, f"{each:,}", "", note, "minor")


def _energy(label: str, energy: int, note: str, style: str) -> Card:
    value, unit = kilowatt_hours(energy).split(" ")
    return Card(label, value, unit, note, style)


def _share(label: str, share: float, alone: float) -> Card:
    return Card(label, percent(share)[:-1], "%", f"{percent(alone)} without the local market")


def _price_sentence(data: ReportData, day: Totals) -> str:
    if day.mean_price is None or day.mean_feed_in is None or day.mean_retail is None:
        return "Nothing traded on this day."
    return (
        f"Energy traded in {day.trading_intervals} of {len(data.intervals)} intervals, at "
        f"{cents(day.mean_price)} on average: {cents(day.mean_price - day.mean_feed_in)} more "
        f"for the seller than feed-in, {cents(day.mean_retail - day.mean_price)} less for the "
        "buyer than retail."
    )


def _flow_sentence(day: Totals) -> str:
    return (
        f"The community consumed {kilowatt_hours(day.consumed)} and generated "
        f"{kilowatt_hours(day.generated)}. Above the line: what was traded or came from the grid. "
        "Below it: what was fed into the grid."
    )


def _saving_sentence(members: Sequence[ParticipantFigures], day: Totals) -> str:
    better = sum(member.saved > 0 for member in members)
    alone = sum(member.grid_only for member in members)
    paid = sum(member.paid for member in members)
    return (
        f"{better} of {len(members)} participants are better off. Together they pay "
        f"{euro_cents(paid)} instead of {euro_cents(alone)}: {euro_cents(day.saved)} saved."
    )


def _participant_row(member: ParticipantFigures) -> list[str]:
    energies = (
        member.consumed,
        member.generated,
        member.imported,
        member.exported,
        member.bought,
        member.sold,
    )
    amounts = (member.grid_only, member.paid, member.saved)
    return [
        member.name,
        str(member.account),
        *(f"{energy / 1000:,.2f}" for energy in energies),
        *(f"{amount / MONEY_PER_EURO:,.4f}" for amount in amounts),
    ]


def _interval_row(data: ReportData, interval: IntervalFigures) -> list[str]:
    local = data.local(interval.start)
    energies = (interval.traded, interval.from_grid, interval.fed_in)
    return [
        f"{local:%H:%M} {local:%Z}",
        f"{interval.feed_in / 1000:.3f}",
        "–" if interval.paid_price is None else f"{interval.paid_price / 1000:.3f}",  # noqa: RUF001  a dash for nothing
        f"{interval.retail / 1000:.3f}",
        *(f"{energy / 1000:.3f}" for energy in energies),
        str(len(interval.bids)),
        str(len(interval.offers)),
    ]
