"""Day-ahead prices of several delivery days, from kept documents or their source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from domain.price_series import utc_text
from oracle.prices.archive import DocumentArchive
from oracle.prices.errors import IncompleteDayError
from oracle.prices.local_time import day_bounds
from oracle.prices.publication import PublishedSeries, read_publication
from oracle.prices.selection import COUPLED_AUCTION, Choice, NothingSelectedError, select

MARKET_ZONE: Final = ZoneInfo("Europe/Brussels")
"""Whose midnights bound a delivery day of the Single Day-Ahead Coupling."""


class DayAheadSource(Protocol):
    """Anything that has documents of day-ahead prices (``transparency.TransparencyPlatform``)."""

    def day_ahead(self, zone: str, start: int, end: int) -> bytes:
        """Return the document of a zone's prices in ``[start, end)``."""
        ...


@dataclass(frozen=True, slots=True)
class CollectedDay:
    """A day whose prices are all there.

    Attributes:
        day: the delivery day.
        fetched: whether its document was asked for, and not one that was kept.
        published: the document's time series.
    """

    day: date
    fetched: bool
    published: tuple[PublishedSeries, ...]


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects the days of a zone one by one, and keeps the documents of those that are complete.

    A kept document is not asked for again, unless it lacks prices that are wanted now: those of an
    auction that was not over when it was fetched.

    Attributes:
        source: has the documents.
        archive: keeps them.
        zone: EIC of the bidding zone.
        sequence: number of the auction whose prices have to be complete.
        resolution: seconds of a price; None takes all resolutions, whose prices must then agree.
        day_zone: the time zone whose midnights bound a day.
        refresh: whether to ask again for documents that were kept.
    """

    source: DayAheadSource
    archive: DocumentArchive
    zone: str
    sequence: int = COUPLED_AUCTION
    resolution: int | None = None
    day_zone: ZoneInfo = MARKET_ZONE
    refresh: bool = False

    @property
    def choice(self) -> Choice:
        """What of the documents is wanted."""
        return Choice(self.zone, self.sequence, self.resolution)

    def collect(self, days: Iterable[date]) -> Iterator[CollectedDay]:
        """Yield days in the sequence given, each as soon as it is there.

        Raises:
            IncompleteDayError: where the source lacks prices of a day, naming the first instant.
            PriceSourceError: where the source gives none.
            InvalidValueError: naming the document that is damaged, or of which to choose.
        """
        for day in days:
            yield self._kept(day) or self._fetched(day)

    def _kept(self, day: date) -> CollectedDay | None:
        content = None if self.refresh else self.archive.find(self.zone, day)
        if content is None:
            return None
        place = str(self.archive.path(self.zone, day))
        published = read_publication(content, place)
        try:
            missing = self._first_missing(published, day, place)
        except NothingSelectedError:
            return None
        return CollectedDay(day, fetched=False, published=published) if missing is None else None

    def _fetched(self, day: date) -> CollectedDay:
        content = self.source.day_ahead(self.zone, *day_bounds(day, self.day_zone))
        place = f"{self.zone} {day}"
        published = read_publication(content, place)
        missing = self._first_missing(published, day, place)
        if missing is not None:
            raise IncompleteDayError(f"{place}: no price from {utc_text(missing)} on is published")
        self.archive.keep(self.zone, day, content)
        return CollectedDay(day, fetched=True, published=published)

    def _first_missing(
        self, published: tuple[PublishedSeries, ...], day: date, place: str
    ) -> int | None:
        prices = select(published, self.choice, place).prices
        return prices.first_missing(*day_bounds(day, self.day_zone))
