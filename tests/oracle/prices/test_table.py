"""Tables of prices in all their forms, and faults by file, line and field."""

from __future__ import annotations

import csv
import gzip
import io
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.interval import intervals_of_day
from domain.price_series import STEPS, PriceSeries, utc_text
from oracle.prices import lines, rows
from oracle.prices.local_time import day_bounds
from oracle.prices.table import OWN_COLUMNS, read_price_table, write_price_table

ROME = ZoneInfo("Europe/Rome")
FIRST = 1_743_458_400
"""2025-03-31T22:00Z."""


@pytest.fixture
def read(tmp_path):
    def read(content, **options):
        path = tmp_path / "prices.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_price_table(path, **options)

    return read


def test_the_own_form(read):
    series = read(
        "start,end,price_eur_per_mwh\n"
        "2025-03-31T22:00Z,2025-03-31T22:30Z,105.3\n"
        "2025-04-01T00:30+02:00,2025-04-01T01:00+02:00,-3.456\n"
    )
    assert series == PriceSeries(1800, (FIRST, FIRST + 1800), (10530, -346))


def test_without_an_end_prices_hold_for_the_shortest_distance(read):
    text = "timestamp,period,price_eur_per_mwh\n2025-04-01T00:00:00+02:00,1,1\n"
    text += "2025-04-01T01:00:00+02:00,2,2\n2025-04-01T03:00:00+02:00,4,4\n"
    series = read(text)
    assert (series.step, series.prices) == (3600, (100, 200, 400))
    assert list(series.gaps()) == [(FIRST + 7200, FIRST + 10800)]


def test_rows_stand_in_any_sequence_and_other_columns_are_ignored(read):
    table = [f"{utc_text(FIRST + 900 * at)},x{at},{at}.25" for at in range(12)]
    expected = PriceSeries(
        900,
        tuple(FIRST + 900 * at for at in range(12)),
        tuple(100 * at + 25 for at in range(12)),
    )
    for seed in range(5):
        random.Random(seed).shuffle(table)
        assert read("start,note,price_eur_per_mwh\n" + "\n".join(table)) == expected


def test_byte_order_mark_line_ends_blank_lines_and_compression(read):
    text = "start,end,price_eur_per_mwh\r\n\r\n2025-03-31T22:00Z,2025-03-31T23:00Z,7\r\n\r\n"
    expected = PriceSeries(3600, (FIRST,), (700,))
    content = b"\xef\xbb\xbf" + text.encode()
    assert read(content) == expected
    assert read(gzip.compress(content)) == expected


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 30), 23), (date(2025, 4, 1), 24), (date(2025, 10, 26), 25)],
)
@pytest.mark.parametrize("per_hour", [1, 2, 4])
def test_days_of_23_24_and_25_hours_in_local_time(read, day, hours, per_hour):
    start, _ = day_bounds(day, ROME)
    step = 3600 // per_hour
    starts = [start + step * at for at in range(hours * per_hour)]
    expected = PriceSeries(step, tuple(starts), tuple(100 * at for at in range(len(starts))))
    shown = [datetime.fromtimestamp(at, ROME) for at in starts]
    numbers = range(len(starts))
    local = [f"{one:%Y-%m-%dT%H:%M},{at}" for one, at in zip(shown, numbers, strict=True)]
    offset = [f"{one.isoformat()},{at}" for one, at in zip(shown, numbers, strict=True)]
    numbered = [f"{day},{at + 1},{at}" for at in numbers]
    assert read("start,price_eur_per_mwh\n" + "\n".join(local), time_zone=ROME) == expected
    assert read("start,price_eur_per_mwh\n" + "\n".join(offset)) == expected
    table = "delivery_day,period,price_eur_per_mwh\n" + "\n".join(reversed(numbered))
    assert read(table, time_zone=ROME) == expected
    for interval, price in zip(
        intervals_of_day(1, day, ROME, 900),
        (at for at in numbers for _ in range(4 // per_hour)),
        strict=True,
    ):
        assert expected.price(interval) == 100 * price


def test_local_ends_of_the_hour_that_comes_twice(read):
    table = "start,end,price_eur_per_mwh\n2025-10-26T01:00,2025-10-26T02:00,1\n"
    table += "2025-10-26T02:00,2025-10-26T02:00,2\n2025-10-26T02:00,2025-10-26T03:00,3\n"
    series = read(table, time_zone=ROME)
    assert (series.step, series.prices, list(series.gaps())) == (3600, (100, 200, 300), [])


def test_a_day_of_a_table_by_periods_may_lack_some_but_not_its_last(read):
    table = "delivery_day,period,price_eur_per_mwh\n2025-04-01,24,9\n2025-04-01,2,5\n"
    series = read(table, time_zone=ROME)
    assert (series.step, series.prices, len(list(series.gaps()))) == (3600, (500, 900), 1)
    with pytest.raises(InvalidValueError) as caught:
        read(table.replace("24,9", "23,9"), time_zone=ROME)
    assert caught.value.expected == "24 hours or 96 quarters in this day"
    with pytest.raises(InvalidValueError, match="a time zone to be given"):
        read(table)


ZONES = (
    "start,end,zone,price_eur_per_mwh\n"
    "2025-03-31T22:00Z,2025-03-31T23:00Z,NORD,1\n"
    "2025-03-31T22:00Z,2025-03-31T23:00Z,SARD,2\n"
)


def test_the_rows_of_one_zone_are_read(read):
    assert read(ZONES, zone="SARD").prices == (200,)
    assert read(ZONES, zone="NORD").prices == (100,)
    assert read(ZONES.replace("NORD,1", "SARD,2")).prices == (200,)
    with pytest.raises(InvalidValueError) as caught:
        read(ZONES)
    assert caught.value.field.endswith("prices.csv line 3: zone")
    with pytest.raises(InvalidValueError, match="at least one row of zone SICI"):
        read(ZONES, zone="SICI")
    with pytest.raises(InvalidValueError, match="a column of zones"):
        read("start,price_eur_per_mwh\n2025-03-31T22:00Z,1\n", zone="SARD")


def test_rows_of_another_zone_may_say_what_they_like(read):
    assert read(ZONES.replace("Z,NORD,1", "Z,NORD,n/a"), zone="SARD").prices == (200,)


OWN = "start,end,price_eur_per_mwh\n2025-03-31T22:00Z,2025-03-31T23:00Z,7\n"
BARE = "start,price_eur_per_mwh\n2025-03-31T22:00Z,1\n2025-03-31T23:00Z,2\n"


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("", "prices.csv line 1: columns"),
        ("start,price\n", "line 1: columns"),
        ("price_eur_per_mwh\n", "line 1: columns"),
        ("delivery_day,price_eur_per_mwh\n", "line 1: columns"),
        ("start,start,price_eur_per_mwh\n", "line 1: start"),
        ("start,price_eur_per_mwh\n", "prices.csv"),
        (OWN.replace(",7", ""), "line 2"),
        (OWN.replace(",7", ",7,8"), "line 2"),
        (OWN.replace(",7", ",seven"), "line 2: price_eur_per_mwh"),
        (OWN.replace(",7", ',"7,5"'), "line 2: price_eur_per_mwh"),
        (OWN.replace(",7", ","), "line 2: price_eur_per_mwh"),
        (OWN.replace(",7", ",NaN"), "line 2: price_eur_per_mwh"),
        (OWN.replace(",7", ',"7'), "prices.csv line 2"),
        (OWN.replace("22:00Z", "22:00"), "line 2: start"),
        (OWN.replace("22:00Z", "tenish"), "line 2: start"),
        (OWN.replace("23:00Z", "23:05Z"), "line 2: end"),
        (OWN.replace("23:00Z", "22:00Z"), "line 2: end"),
        (OWN.replace("22:00Z", "22:15Z").replace("23:00Z", "23:15Z"), "line 2: start"),
        (BARE.replace("23:00Z", "23:30Z"), "line 3: start"),
        (BARE.replace("23:00Z", "22:05Z"), "line 3: start"),
        (BARE.replace("23:00Z", "22:00Z"), "line 2: start"),
        (BARE + "2025-04-01T00:30Z,1\n2025-04-01T01:30Z,1\n", "line 4: start"),
        (BARE + "2025-03-31T23:00Z,3\n", "line 4: price from 2025-03-31T23:00Z on"),
        ("delivery_day,period,price_eur_per_mwh\n2025-04-31,24,1\n", "line 2: delivery_day"),
        ("delivery_day,period,price_eur_per_mwh\n20250401,24,1\n", "line 2: delivery_day"),
        ("delivery_day,period,price_eur_per_mwh\n2025-04-01,0,1\n", "line 2: period"),
        ("delivery_day,period,price_eur_per_mwh\n2025-04-01,x,1\n", "line 2: period"),
        ("delivery_day,period,price_eur_per_mwh\n2025-03-30,24,1\n", "line 2: period"),
        ("delivery_day,period,price_eur_per_mwh\n2025-04-01,12,1\n", "line 2: period"),
        (b"start,price_eur_per_mwh\n\xff,1\n", "prices.csv line 2"),
        (gzip.compress(OWN.encode(), mtime=0)[:-9], "prices.csv"),
        (b"\x1f\x8b not gzip", "prices.csv"),
    ],
)
def test_a_fault_is_named_by_file_line_and_field(read, content, field):
    with pytest.raises(InvalidValueError) as caught:
        read(content, **({"time_zone": ROME} if "delivery_day" in str(content) else {}))
    assert caught.value.field.endswith(field)
    assert "prices.csv" in caught.value.field


def test_hours_that_begin_at_half_past_are_refused_without_a_finer_step(read):
    with pytest.raises(InvalidValueError, match="a multiple of 3600 seconds"):
        read("start,price_eur_per_mwh\n2025-03-31T22:30Z,1\n2025-03-31T23:30Z,2\n")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidValueError, match="a file that can be read"):
        read_price_table(tmp_path / "missing.csv")


def test_sizes_are_bounded(read, monkeypatch):
    with pytest.raises(InvalidValueError, match="line 2: expected 65536 bytes"):
        read(BARE.replace("2025-03-31T22:00Z", " " * 70_000))
    monkeypatch.setattr(rows, "_MOST_ROWS", 1)
    with pytest.raises(InvalidValueError, match="line 3: expected at most 1 rows"):
        read(BARE)
    monkeypatch.setattr(lines, "MAX_BYTES", 50)
    for content in (BARE.encode(), gzip.compress(BARE.encode())):
        with pytest.raises(InvalidValueError, match="at most 50 bytes"):
            read(content)


@given(
    step=st.sampled_from(STEPS),
    prices=st.dictionaries(st.integers(0, 60), st.integers(-(2**31), 2**31 - 1), min_size=1),
)
def test_a_table_is_written_and_read_back(tmp_path_factory, step, prices):
    starts = tuple(FIRST + step * at for at in sorted(prices))
    series = PriceSeries(step, starts, tuple(prices[at] for at in sorted(prices)))
    path = tmp_path_factory.getbasetemp() / "round-trip.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_price_table(series, file)
    assert read_price_table(path) == series


def test_what_is_written(read):
    text = io.StringIO()
    write_price_table(PriceSeries(900, (FIRST, FIRST + 900), (10530, -5)), text)
    assert text.getvalue() == (
        "start,end,price_eur_per_mwh\n"
        "2025-03-31T22:00Z,2025-03-31T22:15Z,105.30\n"
        "2025-03-31T22:15Z,2025-03-31T22:30Z,-0.05\n"
    )
    assert text.getvalue().startswith(",".join(OWN_COLUMNS))


def test_the_published_month_of_sardinia(shared_file):
    path = shared_file("data/gme-2025-04/sardinia-day-ahead.csv")
    series = read_price_table(path)
    with path.open(encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    assert len(series.prices) == len(published) == 720
    assert (series.step, list(series.gaps())) == (3600, [])
    assert datetime.fromtimestamp(series.start, UTC) == datetime(2025, 3, 31, 22, tzinfo=UTC)
    assert series.end - series.start == timedelta(days=30).total_seconds()
    for price, row in zip(series.prices, published, strict=True):
        assert abs(price / 100 - float(row["price_eur_per_mwh"])) <= 0.005 + 1e-9


def test_zonal_prices_by_instant_and_by_period_are_the_same(shared_file, tmp_path):
    path = shared_file("data/gme-2025-04/published-prices.csv.gz")
    by_instant = read_price_table(path, zone="SARD")
    columns = ("delivery_day", "period", "zone", "price_eur_per_mwh")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        table = [",".join(row[name] for name in columns) for row in csv.DictReader(file)]
    bare = tmp_path / "coupled.csv"
    bare.write_text("\n".join([",".join(columns), *table]))
    assert read_price_table(bare, zone="SARD", time_zone=ROME) == by_instant
    month = read_price_table(shared_file("data/gme-2025-04/sardinia-day-ahead.csv"))
    assert by_instant.prices == month.prices[:168]
