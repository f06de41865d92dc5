from __future__ import annotations

import json
from typing import Any

import pytest

from domain.errors import InvalidValueError
from oracle.batch import SignedBatch


def test_a_batch_survives_the_way_to_the_node(scene: Any) -> None:
    batch = scene.batch(1)
    text = batch.to_json()
    again = SignedBatch.from_json(text)
    assert again == batch
    assert again.to_json() == text
    assert scene.ingest.receive(again)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["signature"], "0x00"),
        (["signature"], None),
        (["readings"], {}),
        (["readings", 0], []),
        (["readings", 0, "salt"], "0x" + "0" * 30),
        (["readings", 0, "salt"], "0x" + "A" * 32),
        (["readings", 0, "salt"], "0x " + "a" * 32),
        (["readings", 0, "salt"], "zz" + "a" * 32),
        (["readings", 0, "salt"], "0x" + "g" * 32),
        (["readings", 0, "document"], "text"),
        (["attestation", "root"], "0x"),
        (["attestation", "interval"], "0x" + "f" * 24),
        (["attestation", "gateway"], "1"),
        (["attestation", "count"], True),
        (["attestation", "sequence"], 0),
        (["attestation"], {}),
        (["extra"], 1),
    ],
)
def test_what_does_not_fit_is_named(scene: Any, path: list[Any], value: object) -> None:
    members = json.loads(scene.batch(1).to_json())
    holder = members
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    with pytest.raises(InvalidValueError):
        SignedBatch.from_json(json.dumps(members).encode())


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"[" * 3000])
def test_what_is_no_batch_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidValueError, match="batch"):
        SignedBatch.from_json(text)
