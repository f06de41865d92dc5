"""A file's beginning tells what it is."""

from __future__ import annotations

import gzip
import io
import zipfile
from zoneinfo import ZoneInfo

import pytest

from domain.errors import InvalidValueError
from oracle.prices.documents import MAX_DOCUMENT_BYTES
from oracle.prices.errors import AcknowledgementError
from oracle.prices.files import FileChoice, read_price_file

TABLE = b"start,price_eur_per_mwh\n2025-04-01T00:00,1\n2025-04-01T01:00,2\n"
ROME = ZoneInfo("Europe/Rome")


def zipped(*documents):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, content in enumerate(documents):
            archive.writestr(f"{number}.xml", content)
    return buffer.getvalue()


@pytest.fixture
def read(tmp_path):
    def read(content, **choice):
        path = tmp_path / "file"
        path.write_bytes(content)
        return read_price_file(path, FileChoice(**choice))

    return read


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda content: content,
        lambda content: b"\xef\xbb\xbf\n " + content.partition(b"?>")[2],
        lambda content: content.decode().replace('"UTF-8"', '"UTF-16"').encode("utf-16"),
        gzip.compress,
        zipped,
    ],
    ids=["plain", "marked", "utf-16", "gzip", "zip"],
)
def test_documents_are_known_by_their_beginning(read, document, wrapped):
    content = document("hours-fixed-blocks.xml")
    found = read(wrapped(content))
    assert (found.prices.step, len(found.prices.prices), found.left_out) == (3600, 24, ())


def test_documents_of_an_archive_make_one_series(read, publication_xml, series_xml):
    later = series_xml(start="2025-04-01T00:00Z", end="2025-04-01T02:00Z")
    both = zipped(publication_xml(later), publication_xml(series_xml()))
    assert read(both).prices.prices == (1000, 2050) * 2


def test_anything_else_is_a_table(read):
    expected = (100, 200)
    assert read(TABLE, time_zone=ROME).prices.prices == expected
    assert read(gzip.compress(TABLE), time_zone=ROME).prices.prices == expected


def test_what_to_take_of_documents(read, document):
    content = document("two-auctions-two-days.xml")
    assert read(content).prices.step == 3600
    assert read(content, sequence=2).prices.step == 900
    assert read(content, sequence=2, resolution=900, zone="10Y1001A1001A82H").prices.step == 900
    with pytest.raises(InvalidValueError, match="in steps of 900 seconds"):
        read(content, resolution=900)


def test_an_acknowledgement_is_no_table(read, document):
    with pytest.raises(AcknowledgementError, match="999 No matching data found"):
        read(document("acknowledgement.xml"))


@pytest.mark.parametrize("choice", [{"sequence": 1}, {"resolution": 900}])
def test_tables_have_no_auctions_and_no_resolutions_to_choose_from(read, choice):
    with pytest.raises(InvalidValueError, match="it chooses among ENTSO-E documents"):
        read(TABLE, time_zone=ROME, **choice)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"\x1f\x8b\x08garbage", b"PK\x03\x04"])
def test_a_damaged_file_is_refused(read, content):
    with pytest.raises(InvalidValueError) as caught:
        read(content)
    assert "file" in caught.value.field


def test_a_document_that_is_too_large(read):
    with pytest.raises(InvalidValueError, match="at most"):
        read(b"<" + b" " * MAX_DOCUMENT_BYTES)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidValueError, match="a file that can be read"):
        read_price_file(tmp_path / "missing", FileChoice())
