"""Documents from outside are bounded, and their XML cannot reach out or blow up."""

from __future__ import annotations

import gzip
import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from oracle.prices.documents import MAX_DOCUMENT_BYTES, MAX_ENTRIES, parsed, unpacked

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<lolz>&b;</lolz>"""
EXTERNAL = b"""<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>"""
PARAMETER = b"""<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>"""
BARE = b"<!DOCTYPE a><a/>"


def archive(**entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("content", [BOMB, EXTERNAL, PARAMETER, BARE])
def test_document_types_entities_and_external_references_are_refused(content):
    with pytest.raises(InvalidValueError) as caught:
        parsed(content, "doc.xml")
    assert caught.value.field == "doc.xml"
    assert caught.value.expected == "an XML document without a document type"


@pytest.mark.parametrize("content", [b"", b"no xml", b"<a>", b"<a></b>", b"<a>&x;</a>", b"\0" * 9])
def test_what_is_no_xml_is_refused(content):
    with pytest.raises(InvalidValueError, match=r"doc\.xml: expected an XML document, got"):
        parsed(content, "doc.xml")


def test_an_entity_that_xml_itself_has_is_read():
    assert parsed(b"<a>&lt;&amp;</a>", "doc.xml").text == "<&"


def test_deep_nesting_ends_in_an_answer():
    depth = 100_000
    root = parsed(b"<a>" * depth + b"</a>" * depth, "doc.xml")
    assert sum(1 for _ in root.iter()) == depth


def test_size_is_bounded():
    content = b"<a>" + b" " * MAX_DOCUMENT_BYTES + b"</a>"
    for read in (parsed, unpacked):
        with pytest.raises(InvalidValueError, match=f"at most {MAX_DOCUMENT_BYTES} bytes"):
            read(content, "doc.xml")


def test_a_plain_document_is_itself():
    assert unpacked(b"<a/>", "doc.xml") == [("doc.xml", b"<a/>")]


def test_a_compressed_document_is_unpacked():
    assert unpacked(gzip.compress(b"<a/>"), "doc.xml.gz") == [("doc.xml.gz", b"<a/>")]


def test_an_archive_gives_its_documents_by_name():
    content = archive(**{"b.xml": b"<b/>", "a.xml": b"<a/>"})
    assert unpacked(content, "x.zip") == [("x.zip a.xml", b"<a/>"), ("x.zip b.xml", b"<b/>")]


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b" " * (MAX_DOCUMENT_BYTES + 1)),
        archive(one=b" " * (MAX_DOCUMENT_BYTES + 1)),
        archive(one=b" " * (MAX_DOCUMENT_BYTES // 2), two=b" " * (MAX_DOCUMENT_BYTES // 2 + 1)),
    ],
    ids=["gzip", "one entry", "two entries"],
)
def test_what_unpacks_without_end_is_refused(content):
    assert len(content) < 20_000
    with pytest.raises(InvalidValueError, match=f"at most {MAX_DOCUMENT_BYTES} bytes"):
        unpacked(content, "bomb")


def test_an_archive_has_a_bounded_number_of_documents():
    with pytest.raises(InvalidValueError, match=f"1 to {MAX_ENTRIES} documents"):
        unpacked(archive(**{f"{at}.xml": b"" for at in range(MAX_ENTRIES + 1)}), "x.zip")
    with pytest.raises(InvalidValueError, match=f"1 to {MAX_ENTRIES} documents"):
        unpacked(archive(), "x.zip")


def test_an_encrypted_archive_is_refused():
    content = bytearray(archive(one=b"<a/>"))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InvalidValueError, match="a plain zip archive"):
        unpacked(bytes(content), "x.zip")


@given(place=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_a_damaged_file_is_unpacked_or_refused(place, byte):
    for whole in (archive(one=b"<a>one</a>", two=b"<b/>"), gzip.compress(b"<a>one</a>", mtime=0)):
        content = bytearray(whole)
        content[place % len(content)] = byte
        with suppress(InvalidValueError):
            assert unpacked(bytes(content), "file")
