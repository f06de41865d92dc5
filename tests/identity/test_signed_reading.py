from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.interval import DURATIONS, Interval
from domain.reading import Reading
from domain.units import WattHours
from identity.did import did_key
from identity.keys import Ed25519Key
from identity.signed_reading import (
    canonical_bytes,
    document_hash,
    sign_reading,
    verify_signed_reading,
)

KEY = Ed25519Key.from_seed(b"\x07" * 32)
MIDNIGHT = 1_743_465_600
READING = Reading(Interval(1, MIDNIGHT), 7, WattHours(120), WattHours(0))

energies = st.integers(0, 2**32 - 1).map(WattHours)
readings = st.builds(
    Reading,
    interval=st.builds(
        lambda community, slot, duration: Interval(community, slot * duration, duration),
        st.integers(1, 2**32 - 1),
        st.integers(0, 1_000_000),
        st.sampled_from(DURATIONS),
    ),
    device=st.integers(1, 2**32 - 1),
    imported=energies,
    exported=energies,
)


def test_the_document_of_a_reading() -> None:
    document = sign_reading(KEY, READING, MIDNIGHT + 900)
    proof = document.pop("proof")
    assert document == {
        "type": "MeterReading",
        "community": 1,
        "device": 7,
        "intervalStart": "2025-04-01T00:00:00Z",
        "durationSeconds": 900,
        "importedWh": 120,
        "exportedWh": 0,
    }
    assert proof["verificationMethod"].startswith(did_key(KEY.public) + "#z6Mk")
    assert proof["created"] == "2025-04-01T00:15:00Z"


@given(readings, st.integers(0, 2**32))
def test_round_trip_through_text(reading: Reading, created_at: int) -> None:
    document = json.loads(canonical_bytes(sign_reading(KEY, reading, created_at)))
    assert verify_signed_reading(document) == (reading, did_key(KEY.public))


@given(st.data())
def test_any_flipped_bit_of_the_published_bytes_is_refused(data: st.DataObject) -> None:
    published = bytearray(canonical_bytes(sign_reading(KEY, READING, MIDNIGHT + 900)))
    bit = data.draw(st.integers(0, len(published) * 8 - 1))
    published[bit // 8] ^= 1 << bit % 8
    try:
        document = json.loads(bytes(published))
    except ValueError:
        return
    # A flip may turn a letter of a name into another spelling only by changing the name.
    with pytest.raises(InvalidValueError):
        verify_signed_reading(document)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "Reading"),
        ("community", 0),
        ("community", "1"),
        ("device", 2**32),
        ("device", True),
        ("intervalStart", "2025-04-01T00:00:01Z"),
        ("intervalStart", "2025-04-01T00:00:00+00:00"),
        ("intervalStart", 1_743_465_600),
        ("durationSeconds", 901),
        ("importedWh", -1),
        ("importedWh", 120.0),
        ("importedWh", None),
        ("exportedWh", "0"),
    ],
)
def test_a_field_that_does_not_fit_is_named(field: str, value: object) -> None:
    document = sign_reading(KEY, READING, MIDNIGHT + 900)
    named = {
        "intervalStart": "start|intervalStart",
        "durationSeconds": "duration",
        "importedWh": "imported",
        "exportedWh": "exported",
    }
    with pytest.raises(InvalidValueError) as caught:
        verify_signed_reading({**document, field: value})
    assert caught.value.field in named.get(field, field).split("|")


def test_unknown_and_missing_fields_are_refused() -> None:
    document = sign_reading(KEY, READING, MIDNIGHT + 900)
    with pytest.raises(InvalidValueError, match="keys"):
        verify_signed_reading({**document, "note": ""})
    for field in document:
        rest: dict[str, Any] = {name: value for name, value in document.items() if name != field}
        with pytest.raises(InvalidValueError, match="keys"):
            verify_signed_reading(rest)


def test_the_hash_covers_the_proof() -> None:
    one = sign_reading(KEY, READING, MIDNIGHT + 900)
    later = sign_reading(KEY, READING, MIDNIGHT + 901)
    assert document_hash(one) != document_hash(later)
    assert document_hash(one) == document_hash(dict(reversed(one.items())))
