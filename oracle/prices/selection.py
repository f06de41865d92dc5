"""Which of the published time series a price series is made of.

A document may hold several days, several auctions of the same zone, several currencies and
resolutions. What to take is chosen, never guessed: two different prices for the same time are
refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from domain.errors import InvalidValueError
from domain.price_series import PriceSeries
from oracle.prices.blocks import laid_out
from oracle.prices.publication import DAY_AHEAD, EURO, PublishedSeries

COUPLED_AUCTION: Final = 1
"""Sequence of the Single Day-Ahead Coupling, where a zone's further auctions are published too.

Germany and Austria, for instance, have the separate auction of EXAA as sequence 2.
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """What to take.

    Attributes:
        zone: EIC of the bidding zone; None where there is only one.
        sequence: number of the auction.
        resolution: seconds of a price; None takes all resolutions, whose prices must then agree.
    """

    zone: str | None = None
    sequence: int = COUPLED_AUCTION
    resolution: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What was taken.

    Attributes:
        prices: the price series.
        left_out: what was not taken and why, for people, in a fixed order.
    """

    prices: PriceSeries
    left_out: tuple[str, ...]


class NothingSelectedError(InvalidValueError):
    """No published time series is of the choice."""


def select(published: Sequence[PublishedSeries], choice: Choice, name: str) -> Selection:
    """Make one price series of the day-ahead prices in euros of one zone and one auction.

    Args:
        published: time series of one or more documents, in any sequence.
        choice: what to take.
        name: of what they come from, for errors.

    Raises:
        NothingSelectedError: where nothing is of the choice.
        InvalidValueError: where two different prices hold at the same time, or the documents are of
            several zones and none is chosen.
    """
    zone = _zone(published, choice, name)
    left_out: Counter[str] = Counter()
    taken = []
    for series in published:
        reason = _why_not(series, zone, choice.sequence)
        if reason is None:
            taken += [block for block in series.blocks if _fits(block.step, choice)]
        else:
            left_out[reason] += 1
    notes = tuple(f"{count} time series {reason}" for reason, count in sorted(left_out.items()))
    if not taken:
        raise NothingSelectedError(name, _wanted(choice), "; ".join(notes) or "other resolutions")
    try:
        return Selection(laid_out(taken, name), notes)
    except InvalidValueError as error:
        raise _with_hint(error) from error


def _zone(published: Iterable[PublishedSeries], choice: Choice, name: str) -> str:
    zones = sorted({series.zone for series in published})
    if choice.zone is None and len(zones) > 1:
        raise InvalidValueError(f"{name}: zone", f"one to be chosen of {', '.join(zones)}", None)
    return zones[0] if choice.zone is None else choice.zone


def _why_not(series: PublishedSeries, zone: str, sequence: int) -> str | None:
    if series.zone != zone:
        return f"of zone {series.zone}"
    if series.contract != DAY_AHEAD:
        return f"of contract type {series.contract}, not day-ahead"
    if series.currency != EURO:
        return f"in {series.currency}, not {EURO}"
    if series.sequence != sequence:
        return f"of auction sequence {series.sequence}"
    return None


def _fits(step: int, choice: Choice) -> bool:
    return choice.resolution is None or step == choice.resolution


def _wanted(choice: Choice) -> str:
    of_zone = f" of zone {choice.zone}" if choice.zone else ""
    steps = f" in steps of {choice.resolution} seconds" if choice.resolution else ""
    return f"day-ahead prices in {EURO}{of_zone}, auction sequence {choice.sequence}{steps}"


def _with_hint(error: InvalidValueError) -> InvalidValueError:
    hint = f"{error.expected}; where resolutions disagree, choose one"
    return InvalidValueError(error.field, hint, error.got)
