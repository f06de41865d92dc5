"""ENTSO-E publication documents are read as published, or refused by place."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import CommonwattError, InvalidValueError
from oracle.prices.errors import AcknowledgementError, Reason
from oracle.prices.publication import acknowledged, read_publication

FIRST = int(datetime.fromisoformat("2025-03-31T22:00Z").timestamp())


def read(content):
    return read_publication(content, "doc.xml")


def prices(series):
    return [block.price for block in series.blocks]


def test_fixed_blocks_have_a_price_a_position(document):
    (series,) = read(document("hours-fixed-blocks.xml"))
    assert (series.zone, series.currency) == ("10Y1001A1001A74G", "EUR")
    assert (series.contract, series.sequence) == ("A01", 1)
    assert len(series.blocks) == 24
    assert prices(series)[:5] == [9840, 9107, 8890, 8715, 8800]
    assert prices(series)[13:17] == [815, 0, -350, 1244]
    first, last = series.blocks[0], series.blocks[-1]
    assert first.start == int(datetime.fromisoformat("2024-05-14T22:00Z").timestamp())
    assert (first.step, last.step, last.start - first.start) == (3600, 3600, 23 * 3600)


def test_variable_blocks_repeat_until_the_next_point(document):
    (series,) = read(document("quarters-variable-blocks.xml"))
    found = prices(series)
    assert len(found) == 96
    assert [block.start - series.blocks[0].start for block in series.blocks] == [
        900 * at for at in range(96)
    ]
    assert found[:10] == [8411, 8250, 8002, 8002, 7995, 7995, 7995, 7995, 7740, 7740]
    assert found[44:57] == [499] * 2 + [0] * 2 + [-107] * 8 + [630]
    assert found[-4:] == [9620, 9508, 9508, 9508]


@pytest.mark.parametrize("version", ["7:0", "7:3", "7:4"])
def test_all_versions_of_the_schema_of_these_years_are_read(publication_xml, series_xml, version):
    content = publication_xml(series_xml()).replace(b"document:7:3", f"document:{version}".encode())
    assert prices(read(content)[0]) == [1000, 2050]


@pytest.mark.parametrize(
    ("start", "end", "quarters"),
    [
        ("2025-03-29T23:00Z", "2025-03-30T22:00Z", 92),
        ("2025-03-31T22:00Z", "2025-04-01T22:00Z", 96),
        ("2025-10-25T22:00Z", "2025-10-26T23:00Z", 100),
    ],
)
@pytest.mark.parametrize("curve", ["A01", "A03"])
def test_days_of_23_24_and_25_hours(publication_xml, series_xml, start, end, quarters, curve):
    points = [(at, f"{at}.25") for at in range(1, quarters + 1)]
    day = series_xml(points, start=start, end=end, resolution="PT15M", curve=curve)
    (series,) = read(publication_xml(day))
    assert prices(series) == [at * 100 + 25 for at in range(1, quarters + 1)]
    last = series.blocks[-1]
    assert last.start + last.step == int(datetime.fromisoformat(end).timestamp())


@pytest.mark.parametrize(
    ("resolution", "step"), [("PT15M", 900), ("PT30M", 1800), ("PT60M", 3600), ("PT1H", 3600)]
)
def test_resolutions(publication_xml, series_xml, resolution, step):
    (series,) = read(publication_xml(series_xml([(1, "7")], resolution=resolution, curve="A03")))
    assert {block.step for block in series.blocks} == {step}
    assert len(series.blocks) == 7200 // step


def test_points_stand_in_any_sequence(publication_xml, series_xml):
    (series,) = read(publication_xml(series_xml([(2, "20"), (1, "10")])))
    assert prices(series) == [1000, 2000]


def test_a_curve_type_that_is_not_given_means_fixed_blocks(publication_xml, series_xml):
    content = publication_xml(series_xml()).replace(b"<curveType>A01</curveType>", b"")
    assert prices(read(content)[0]) == [1000, 2050]
    with pytest.raises(InvalidValueError, match=r"position 2.*curve type A01"):
        read(
            content.replace(b"<Point><position>2<", b"<No><position>2<", 1).replace(
                b"</price.amount></Point>\n", b"</price.amount></No>\n"
            )
        )


def test_what_another_currency_has_is_not_read_as_euros(publication_xml, series_xml):
    foreign = series_xml([(1, "300"), (2, "n/a")], currency="PLN")
    series = read(publication_xml(series_xml(), foreign))
    assert [(one.currency, len(one.blocks)) for one in series] == [("EUR", 2), ("PLN", 0)]


def test_an_acknowledgement_gives_its_reasons(document):
    with pytest.raises(AcknowledgementError) as caught:
        read(document("acknowledgement.xml"))
    (reason,) = caught.value.reasons
    assert reason.code == "999"
    assert reason.text.startswith("No matching data found for Data item ENERGY_PRICES [12.1.D]")
    assert "\n" not in reason.text
    assert str(caught.value).startswith("doc.xml: no prices, but an acknowledgement: 999 No match")


def test_only_an_acknowledgement_is_acknowledged(document):
    reasons = acknowledged(document("acknowledgement.xml").replace(b":7:0", b":8:1"))
    assert [reason.code for reason in reasons] == ["999"]
    for other in (b"", b"<html/>", b"Bad Request", document("hours-fixed-blocks.xml")):
        assert acknowledged(other) is None
    assert acknowledged(b'<Acknowledgement_MarketDocument xmlns="urn:x"/>') == ()
    bare = b'<a:Acknowledgement_MarketDocument xmlns:a="urn:x"><a:Reason/></a:Acknowledgement_%s>'
    assert acknowledged(bare % b"MarketDocument") == (Reason("", ""),)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("<type>A44<", "<type>A65<", "doc.xml: type"),
        ("<type>A44</type>", "", "doc.xml: type"),
        ("publicationdocument:7:3", "publicationdocument:8:0", "doc.xml"),
        ("publicationdocument:7:3", "publicationdocument:7:3:x", "doc.xml"),
        ("Publication_Market", "GL_Market", "doc.xml"),
        ("TimeSeries>", "Series>", "doc.xml: TimeSeries"),
        ("<currency_Unit.name>EUR</currency_Unit.name>", "", "TimeSeries 1: currency_Unit.name"),
        ("MWH<", "KWH<", "TimeSeries 1: price_Measure_Unit.name"),
        ("<curveType>A01<", "<curveType>A05<", "TimeSeries 1: curveType"),
        ("PT60M", "P1D", "Period 1: resolution"),
        ("2025-03-31T22:00Z", "2025-03-31T22:00", "Period 1: timeInterval start"),
        ("2025-03-31T22:00Z", "2025-02-30T22:00Z", "Period 1: timeInterval start"),
        ("2025-03-31T22:00Z", "2025-03-31T22:30Z", "Period 1: timeInterval"),
        ("2025-03-31T22:00Z", "2025-04-01T00:00Z", "Period 1: timeInterval"),
        ("2025-03-31T22:00Z", "2015-03-31T22:00Z", "Period 1: timeInterval"),
        ("<end>2025-04-01T00:00Z</end>", "", "Period 1: timeInterval end"),
        ("<end>2025-04-01T00:00Z<", "<end>2025-04-01T01:00Z<", "Period 1: position 3"),
        ("<position>2<", "<position>3<", "Point 2: position"),
        ("<position>2<", "<position>1<", "Point 2: position"),
        ("<position>2<", "<position>0<", "Point 2: position"),
        ("<position>2<", "<position>two<", "Point 2: position"),
        ("<position>1</position>", "", "Point 1: position"),
        (">20.5<", ">twenty<", "Point 2: price.amount"),
        (">20.5<", ">20,5<", "Point 2: price.amount"),
        (">20.5<", ">1e3<", "Point 2: price.amount"),
        (">20.5<", ">NaN<", "Point 2: price.amount"),
        (">20.5<", "><", "Point 2: price.amount"),
        (">20.5<", ">99999999999<", "Point 2: price.amount"),
    ],
)
def test_a_broken_document_is_refused_by_place(publication_xml, series_xml, old, new, field):
    content = publication_xml(series_xml()).decode()
    assert old in content
    with pytest.raises(InvalidValueError) as caught:
        read(content.replace(old, new).encode())
    assert caught.value.field.startswith("doc.xml")
    assert caught.value.field.endswith(field)


def test_variable_blocks_begin_with_a_point(publication_xml, series_xml):
    with pytest.raises(InvalidValueError) as caught:
        read(publication_xml(series_xml([(2, "10")], curve="A03")))
    assert caught.value.field == "doc.xml TimeSeries 1 Period 1: position 1"


def test_a_short_document_cannot_stand_for_endless_prices(publication_xml, series_xml):
    span = {"start": "2024-01-01T00:00Z", "end": "2025-01-01T00:00Z", "resolution": "PT15M"}
    year = series_xml([(1, "10")], curve="A03", **span)
    assert len(read(publication_xml(*[year] * 5))) == 5
    with pytest.raises(InvalidValueError, match="at most 200000 prices"):
        read(publication_xml(*[year] * 6))
    period = year[year.index("<Period>") : year.index("</TimeSeries>")]
    with pytest.raises(InvalidValueError, match="at most 200000 prices"):
        read(publication_xml(year.replace(period, period * 6)))


@given(st.binary(max_size=300))
@example(b"<?xml version='1.0' encoding='shift_jis'?><a/>")
@example(b"<?xml version='1.0' encoding='no-such'?><a/>")
@example(b"\xff\xfe<\x00a\x00/\x00>\x00")
@example(b"<Publication_MarketDocument/>")
@example(b"<a")
def test_no_content_breaks_the_reader(content):
    with pytest.raises(CommonwattError):
        read(content)


@given(data=st.data())
def test_a_damaged_document_is_read_or_refused(document, data):
    content = bytearray(document("two-auctions-two-days.xml"))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        series = read(bytes(content))
    except CommonwattError:
        return
    assert series
