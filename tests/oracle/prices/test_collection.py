"""Days are collected once, kept when complete, and asked for again when they are not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.errors import InvalidValueError
from domain.price_series import utc_text
from oracle.prices.archive import DocumentArchive
from oracle.prices.collection import Collector
from oracle.prices.errors import AcknowledgementError, IncompleteDayError
from oracle.prices.selection import select

ZONE = "10Y1001A1001A74G"
FIRST = date(2025, 3, 29)
WEEKEND = [FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=2)]
"""Days of 24, 23 and 24 hours in Brussels."""


class Source:
    """Answers with a document a request, and counts the requests."""

    def __init__(self, write):
        self.write = write
        self.asked = []

    def day_ahead(self, zone, start, end):
        self.asked.append((zone, utc_text(start), utc_text(end)))
        return self.write(utc_text(start), utc_text(end))


@pytest.fixture
def archive(tmp_path):
    return DocumentArchive(tmp_path / "documents")


@pytest.fixture
def whole(publication_xml, series_xml):
    """Write a document that has all prices of the time asked for, at the hour's number."""

    def whole(start, end, **changes):
        span = datetime.fromisoformat(end) - datetime.fromisoformat(start)
        points = [(at, f"{at}") for at in range(1, span // timedelta(hours=1) + 1)]
        return publication_xml(series_xml(points, start=start, end=end, **changes))

    return whole


def collect(source, archive, days=WEEKEND, **options):
    return list(Collector(source, archive, ZONE, **options).collect(days))


def test_days_are_asked_for_by_their_midnights_and_kept_as_they_came(archive, whole):
    source = Source(whole)
    collected = collect(source, archive)
    assert source.asked == [
        (ZONE, "2025-03-28T23:00Z", "2025-03-29T23:00Z"),
        (ZONE, "2025-03-29T23:00Z", "2025-03-30T22:00Z"),
        (ZONE, "2025-03-30T22:00Z", "2025-03-31T22:00Z"),
    ]
    assert [(one.day, one.fetched) for one in collected] == [(day, True) for day in WEEKEND]
    kept = archive.path(ZONE, WEEKEND[1]).read_bytes()
    assert kept == whole("2025-03-29T23:00Z", "2025-03-30T22:00Z")
    published = [series for one in collected for series in one.published]
    prices = select(published, Collector(source, archive, ZONE).choice, "x").prices
    assert len(prices.prices) == 24 + 23 + 24
    assert list(prices.gaps()) == []


def test_what_was_kept_is_not_asked_for_again(archive, whole):
    first, second = Source(whole), Source(whole)
    once = collect(first, archive)
    again = collect(second, archive)
    assert second.asked == []
    assert [one.published for one in again] != []
    assert [[series.blocks[0].price for series in one.published] for one in again] == [
        [series.blocks[0].price for series in one.published] for one in once
    ]
    assert not any(one.fetched for one in again)
    collect(second, archive, refresh=True)
    assert len(second.asked) == len(WEEKEND)


def test_days_before_one_that_is_not_published_are_kept(archive, whole, document):
    def write(start, end):
        if start.startswith("2025-03-30"):
            return document("acknowledgement.xml")
        return whole(start, end)

    with pytest.raises(AcknowledgementError, match=r"2025-03-31: no prices.*999 No matching data"):
        collect(Source(write), archive)
    source = Source(whole)
    assert [one.fetched for one in collect(source, archive)] == [False, False, True]


def test_a_day_that_is_not_complete_is_refused_and_not_kept(archive, whole):
    def write(start, end):
        return whole(start, end.replace("T22", "T20").replace("T23", "T20"))

    with pytest.raises(IncompleteDayError) as caught:
        collect(Source(write), archive)
    assert str(caught.value) == (
        f"{ZONE} 2025-03-29: no price from 2025-03-29T20:00Z on is published"
    )
    assert archive.find(ZONE, FIRST) is None


def test_an_auction_that_was_not_over_is_asked_for_again(archive, whole):
    early = Source(lambda start, end: whole(start, end, sequence=2))
    collect(early, archive, sequence=2)
    with pytest.raises(InvalidValueError, match="auction sequence 1"):
        collect(early, archive)
    late = Source(whole)
    assert all(one.fetched for one in collect(late, archive))
    assert all(one.fetched is False for one in collect(late, archive))


def test_days_by_another_clock_are_asked_for_again(archive, whole):
    source = Source(whole)
    collect(source, archive, [date(2025, 4, 1)])
    lisbon = collect(source, archive, [date(2025, 4, 1)], day_zone=ZoneInfo("Europe/Lisbon"))
    assert source.asked[-1][1:] == ("2025-03-31T23:00Z", "2025-04-01T23:00Z")
    assert [one.fetched for one in lisbon] == [True]


def test_a_damaged_document_is_named(archive, whole):
    collect(Source(whole), archive)
    path = archive.path(ZONE, FIRST)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InvalidValueError) as caught:
        collect(Source(whole), archive)
    assert caught.value.field == str(path)
    collect(Source(whole), archive, refresh=True)
    assert len(collect(Source(whole), archive)) == 3


def test_a_zone_names_a_folder_only_where_it_is_one(archive):
    for zone in ("../10YCZ-CEPS-----N", "..", "/etc", "10Y1001A1001A74H"):
        with pytest.raises(InvalidValueError, match="zone: expected an EIC"):
            archive.keep(zone, FIRST, b"x")


def test_a_folder_that_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("")
    archive = DocumentArchive(tmp_path / "file")
    with pytest.raises(InvalidValueError, match="a file that can be written"):
        archive.keep(ZONE, FIRST, b"x")
    (tmp_path / "other" / ZONE / "2025-03-29.xml").mkdir(parents=True)
    with pytest.raises(InvalidValueError, match="a file that can be read"):
        DocumentArchive(tmp_path / "other").find(ZONE, FIRST)


def test_keeping_twice_leaves_the_later_document_and_nothing_else(archive):
    archive.keep(ZONE, FIRST, b"one")
    archive.keep(ZONE, FIRST, b"two")
    assert archive.find(ZONE, FIRST) == b"two"
    assert [one.name for one in archive.path(ZONE, FIRST).parent.iterdir()] == ["2025-03-29.xml"]
