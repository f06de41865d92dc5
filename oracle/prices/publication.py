"""ENTSO-E publication documents: the day-ahead prices of a bidding zone, as published.

The format is ``Publication_MarketDocument`` of IEC 62325-451-3, schema version 7. Its time series
may have either of two curve types (ENTSO-E, Introduction of different Timeseries possibilities
(curve types) within ENTSO-E electronic documents):

- ``A01``, sequential fixed size blocks: each position of a period has a point.
- ``A03``, variable sized blocks: a position without a point repeats the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from domain.errors import InvalidValueError
from domain.units import MillicentPerKilowattHour
from oracle.prices.blocks import PriceBlock
from oracle.prices.decimals import read_price
from oracle.prices.documents import parsed
from oracle.prices.errors import AcknowledgementError, Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

EURO: Final = "EUR"
DAY_AHEAD: Final = "A01"
"""Of ``contract_MarketAgreement.type``: daily. Intraday auctions are A07 of the same document."""

RESOLUTIONS: Final[Mapping[str, int]] = {"PT15M": 900, "PT30M": 1800, "PT60M": 3600, "PT1H": 3600}

_PUBLICATION: Final = "Publication_MarketDocument"
_ACKNOWLEDGEMENT: Final = "Acknowledgement_MarketDocument"
_NAMESPACE: Final = re.compile(r"urn:iec62325\.351:tc57wg16:451-3:publicationdocument:7:[0-9]{1,3}")
_PRICE_DOCUMENT: Final = "A44"
_MEGAWATT_HOUR: Final = "MWH"
_FIXED_BLOCKS: Final = "A01"
_VARIABLE_BLOCKS: Final = "A03"
_SEQUENCE: Final = "classificationSequence_AttributeInstanceComponent.position"
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z")
_POSITION: Final = re.compile(r"[0-9]{1,6}")
_MOST_TEXT: Final = 512
"""Characters that the schema allows a reason."""

_LONGEST_PERIOD: Final = 400 * 86_400
_MOST_PRICES: Final = 200_000
"""Of a document: with variable blocks, a short one could stand for endless prices."""


@dataclass(frozen=True, slots=True)
class PublishedSeries:
    """A time series of prices as published.

    Attributes:
        zone: EIC of the bidding zone.
        contract: kind of market, ``DAY_AHEAD`` where the document does not say.
        currency: as ISO 4217.
        sequence: number of the auction where a zone has several, 1 where the document has none.
        blocks: one price a position of its periods; none where the currency is not the euro.
    """

    zone: str
    contract: str
    currency: str
    sequence: int
    blocks: tuple[PriceBlock, ...]


def read_publication(content: bytes, name: str) -> tuple[PublishedSeries, ...]:
    """Read a document of prices.

    Args:
        content: the XML document.
        name: of the document, for errors.

    Raises:
        AcknowledgementError: where it is an acknowledgement, with its reasons.
        InvalidValueError: naming the time series, period or point that is wrong.
    """
    root = parsed(content, name)
    namespace, _, kind = root.tag[1:].rpartition("}")
    if kind == _ACKNOWLEDGEMENT:
        raise AcknowledgementError(name, _reasons(root))
    if kind != _PUBLICATION or not _NAMESPACE.fullmatch(namespace):
        expected = f"a {_PUBLICATION} of schema version 7"
        raise InvalidValueError(name, expected, root.tag[:200])
    _require(f"{name}: type", _text(root, "type", name), _PRICE_DOCUMENT)
    found = root.findall("{*}TimeSeries")
    if not found:
        raise InvalidValueError(f"{name}: TimeSeries", "at least one", "none")
    series: list[PublishedSeries] = []
    for number, element in enumerate(found, 1):
        series.append(_series(element, f"{name} TimeSeries {number}"))
        _require_bound(sum(len(one.blocks) for one in series), name)
    return tuple(series)


def acknowledged(content: bytes) -> tuple[Reason, ...] | None:
    """Return the reasons of an acknowledgement, or None where the content is anything else."""
    try:
        root = parsed(content, "acknowledgement")
    except InvalidValueError:
        return None
    return _reasons(root) if root.tag.endswith(f"}}{_ACKNOWLEDGEMENT}") else None


def _reasons(root: Element) -> tuple[Reason, ...]:
    return tuple(
        Reason(_words(reason.findtext("{*}code")), _words(reason.findtext("{*}text")))
        for reason in root.iterfind("{*}Reason")
    )


def _words(text: str | None) -> str:
    return " ".join((text or "").split())[:_MOST_TEXT]


def _series(element: Element, place: str) -> PublishedSeries:
    currency = _text(element, "currency_Unit.name", place)
    zone = _text(element, "in_Domain.mRID", place)
    contract = _text(element, "contract_MarketAgreement.type", place, DAY_AHEAD)
    sequence = _position(_text(element, _SEQUENCE, place, "1"), f"{place}: {_SEQUENCE}")
    blocks: tuple[PriceBlock, ...] = ()
    if currency == EURO:
        blocks = _blocks(element, place)
    return PublishedSeries(zone, contract, currency, sequence, blocks)


def _blocks(element: Element, place: str) -> tuple[PriceBlock, ...]:
    unit = _text(element, "price_Measure_Unit.name", place)
    _require(f"{place}: price_Measure_Unit.name", unit, _MEGAWATT_HOUR)
    curve = _text(element, "curveType", place, _FIXED_BLOCKS)
    if curve not in (_FIXED_BLOCKS, _VARIABLE_BLOCKS):
        expected = f"{_FIXED_BLOCKS} or {_VARIABLE_BLOCKS}"
        raise InvalidValueError(f"{place}: curveType", expected, curve)
    blocks: list[PriceBlock] = []
    for number, period in enumerate(element.iterfind("{*}Period"), 1):
        blocks += _period(period, f"{place} Period {number}", curve)
        _require_bound(len(blocks), place)
    return tuple(blocks)


def _require_bound(prices: int, place: str) -> None:
    if prices > _MOST_PRICES:
        raise InvalidValueError(place, f"at most {_MOST_PRICES} prices", "more")


def _period(period: Element, place: str, curve: str) -> Iterator[PriceBlock]:
    step = _resolution(period, place)
    start, end = (_instant(period, name, place) for name in ("start", "end"))
    if start % step or end % step or not start < end <= start + _LONGEST_PERIOD:
        expected = f"a start before its end, both at multiples of {step} seconds"
        got = [period.findtext(f"{{*}}timeInterval/{{*}}{name}") for name in ("start", "end")]
        raise InvalidValueError(f"{place}: timeInterval", expected, got)
    positions = (end - start) // step
    points = _points(period, place, positions)
    price = None
    for position in range(1, positions + 1):
        price = points.get(position, price if curve == _VARIABLE_BLOCKS else None)
        if price is None:
            expected = f"a point (curve type {curve})"
            raise InvalidValueError(f"{place}: position {position}", expected, "none")
        block_start = start + (position - 1) * step
        yield PriceBlock(block_start, step, price, f"{place} position {position}")


def _points(period: Element, place: str, positions: int) -> dict[int, MillicentPerKilowattHour]:
    found: dict[int, MillicentPerKilowattHour] = {}
    for number, point in enumerate(period.iterfind("{*}Point"), 1):
        where = f"{place} Point {number}"
        position = _position(_text(point, "position", where), f"{where}: position")
        if position > positions:
            raise InvalidValueError(f"{where}: position", f"1 to {positions}", position)
        if position in found:
            raise InvalidValueError(f"{where}: position", "each position once", position)
        amount = _text(point, "price.amount", where)
        found[position] = read_price(amount, f"{where}: price.amount")
    return found


def _resolution(period: Element, place: str) -> int:
    text = _text(period, "resolution", place)
    if text not in RESOLUTIONS:
        raise InvalidValueError(f"{place}: resolution", "PT15M, PT30M or PT60M", text)
    return RESOLUTIONS[text]


def _instant(period: Element, name: str, place: str) -> int:
    field = f"{place}: timeInterval {name}"
    expected = "an instant in UTC, such as 2025-03-31T22:00Z"
    text = (period.findtext(f"{{*}}timeInterval/{{*}}{name}") or "").strip()
    if not _INSTANT.fullmatch(text):
        raise InvalidValueError(field, expected, text)
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        raise InvalidValueError(field, expected, text) from None


def _position(text: str, field: str) -> int:
    if not _POSITION.fullmatch(text) or int(text) < 1:
        raise InvalidValueError(field, "a whole number from 1 on", text)
    return int(text)


def _text(element: Element, name: str, place: str, default: str | None = None) -> str:
    text = (element.findtext(f"{{*}}{name}") or "").strip()
    if text:
        return text
    if default is None:
        raise InvalidValueError(f"{place}: {name}", "a value", "none")
    return default


def _require(field: str, got: str, expected: str) -> None:
    if got != expected:
        raise InvalidValueError(field, expected, got)
