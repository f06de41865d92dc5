"""XML documents from outside, read without trust: bounded in size, without document types."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from domain.errors import InvalidValueError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_DOCUMENT_BYTES: Final = 8 * 2**20
"""Of one document: a year of quarter hours, each with a point of its own, takes two thirds."""

MAX_ENTRIES: Final = 400
"""Of a zip archive: a year of documents by the day."""

_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZIP_MAGIC: Final = b"PK"


def unpacked(content: bytes, name: str) -> list[tuple[str, bytes]]:
    """Return the documents of a file: itself, or what is in it where it is compressed.

    Args:
        content: the document, plain or compressed by gzip, or a zip archive of documents.
        name: of the file.

    Returns:
        Name and content of each, those of an archive by name.

    Raises:
        InvalidValueError: where it is damaged or too large.
    """
    try:
        if content.startswith(_ZIP_MAGIC):
            return _entries(content, name)
        if content.startswith(_GZIP_MAGIC):
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                content = file.read(MAX_DOCUMENT_BYTES + 1)
    except (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile) as error:
        # A ValueError: a damaged archive may point to places outside itself.
        raise InvalidValueError(name, "a whole compressed file", str(error)) from error
    except (NotImplementedError, RuntimeError) as error:
        # How zipfile reports encryption and features that it does not know.
        raise InvalidValueError(name, "a plain zip archive", str(error)) from error
    _require_size(content, name)
    return [(name, content)]


def parsed(content: bytes, name: str) -> Element:
    """Read an XML document; document types, entities and external references are refused.

    Raises:
        InvalidValueError: where it is too large, no XML, or holds what is refused.
    """
    _require_size(content, name)
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except ParseError as error:
        raise InvalidValueError(name, "an XML document", str(error)) from error
    except DefusedXmlException as error:
        expected = "an XML document without a document type"
        raise InvalidValueError(name, expected, type(error).__name__) from error
    except (LookupError, ValueError) as error:
        raise InvalidValueError(name, "an encoding that XML knows", str(error)) from error
    return root


def _entries(content: bytes, name: str) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = sorted(
            (info for info in archive.infolist() if not info.filename.endswith("/")),
            key=lambda info: info.filename,
        )
        if not 1 <= len(infos) <= MAX_ENTRIES:
            raise InvalidValueError(name, f"1 to {MAX_ENTRIES} documents", len(infos))
        found = []
        left = MAX_DOCUMENT_BYTES
        for info in infos:
            if info.compress_type not in _METHODS:
                raise InvalidValueError(f"{name} {info.filename}", "deflated or stored", "another")
            with archive.open(info) as file:
                entry = file.read(left + 1)
            if len(entry) > left:
                raise _too_large(name)
            left -= len(entry)
            found.append((f"{name} {info.filename}", entry))
        return found


def _require_size(content: bytes, name: str) -> None:
    if len(content) > MAX_DOCUMENT_BYTES:
        raise _too_large(name)


def _too_large(name: str) -> InvalidValueError:
    return InvalidValueError(name, f"at most {MAX_DOCUMENT_BYTES} bytes of XML", "more")
