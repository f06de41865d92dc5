from __future__ import annotations

from dataclasses import replace

import pytest

from domain.errors import InvalidValueError
from domain.interval import Interval
from identity.attestation import Attestation, Correction, CorrectionReason
from identity.hashing import keccak256

STATEMENT = Attestation(Interval(1, 1_743_508_800), 3, 7, b"\x11" * 32, 20, 1_200, 340)
FORMER = replace(STATEMENT, sequence=6, imported=1_300)


def test_the_recorded_root_stands_for_the_root_and_the_totals() -> None:
    words = [(20).to_bytes(32, "big"), (1_200).to_bytes(32, "big"), (340).to_bytes(32, "big")]
    totals = keccak256(b"".join(words))
    assert STATEMENT.totals_hash == totals
    assert STATEMENT.recorded_root == keccak256(b"".join(sorted([STATEMENT.root, totals])))
    assert replace(STATEMENT, sequence=8).recorded_root == STATEMENT.recorded_root
    for changed in ({"root": b"\x12" * 32}, {"count": 21}, {"imported": 1}, {"exported": 1}):
        assert replace(STATEMENT, **changed).recorded_root != STATEMENT.recorded_root


def test_a_correction_names_the_recorded_root_that_it_supersedes() -> None:
    correction = Correction(STATEMENT, FORMER, CorrectionReason.METER_FAULT)
    assert correction.superseded_root == FORMER.recorded_root
    assert Correction(STATEMENT, None, CorrectionReason.LATE).superseded_root == bytes(32)


@pytest.mark.parametrize(
    ("superseded", "reason", "field"),
    [
        (None, CorrectionReason.METER_FAULT, "reason"),
        (FORMER, CorrectionReason.LATE, "reason"),
        (replace(FORMER, gateway=4), CorrectionReason.METER_FAULT, "superseded"),
        (replace(FORMER, interval=Interval(1, 0)), CorrectionReason.METER_FAULT, "superseded"),
        (replace(FORMER, sequence=7), CorrectionReason.METER_FAULT, "superseded"),
    ],
)
def test_a_correction_fits_what_it_supersedes(
    superseded: Attestation | None, reason: CorrectionReason, field: str
) -> None:
    with pytest.raises(InvalidValueError) as refusal:
        Correction(STATEMENT, superseded, reason)
    assert refusal.value.field == field
