"""Runs in which gateways correct what they attested, before settlements and after them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil
from chain.connection import Chain
from identity.canonical import canonical_bytes
from settlement.audit import Finding, audit_run

pytestmark = pytest.mark.chain

MIDNIGHT = 1_743_458_400


@pytest.fixture
def findings(tiny_run: Any, tmp_path: Path) -> Callable[..., list[Finding]]:
    """Play a run prepared by a function, change its lines, and return what an audit finds."""
    kind = type(tiny_run.play)

    @contextmanager
    def played(prepare: Callable[[Any], object]) -> Iterator[Any]:
        with Anvil(timestamp=MIDNIGHT - 3_600) as anvil:
            play = kind(Chain(anvil.url))
            prepare(play)
            play.play()
            anvil.dump_state(tmp_path / "chain-state.json.gz")
            play.write(tmp_path)
            yield play
            play.engine.dispose()
            play.chain.close()

    def audited(
        prepare: Callable[[Any], object], **changes: Callable[[dict[str, Any]], object]
    ) -> list[Finding]:
        with played(prepare) as play:
            for name, change in changes.items():
                _change(tmp_path / "published" / f"{name}.jsonl", change)
            return audit_run(tmp_path, play.chain).findings

    return audited


def _change(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the lines of corrections."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in lines:
        if line["revision"]:
            change(line)
    path.write_bytes(b"".join(canonical_bytes(line) + b"\n" for line in lines))


def correct_before(play: Any) -> None:
    """Gateway 1 corrects the last quarter before it is settled."""
    play.attested[3] = lambda: play.correct(3, 1, 5, {1: (2, 290)})


def correct_after(play: Any) -> None:
    """Gateway 1 corrects the first quarter twice, the last one once, after the settlements."""

    def correct() -> None:
        play.correct(0, 1, 5, {1: (340, 0)})
        play.correct(0, 1, 6, {1: (341, 0), 2: (281, 5)})
        play.correct(3, 1, 7, {2: (600, 0)})

    play.after[3] = correct


def late(play: Any) -> None:
    """Gateway 2 states the last quarter after its settlement."""
    play.omitted.add((3, 3))
    play.after[3] = lambda: play.correct(3, 2, 9, {3: (0, 150)})


def named(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.check, finding.item) for finding in findings}


def test_a_settlement_by_corrected_readings_passes(findings: Any) -> None:
    assert findings(correct_before) == []


def test_corrections_after_settlements_leave_a_trace_that_holds(findings: Any) -> None:
    assert findings(correct_after) == []


def test_a_late_statement_is_no_reading_of_the_settlement(findings: Any) -> None:
    assert named(findings(late)) == {("completeness", "readings of device 3")}


def test_a_correction_that_is_not_published(findings: Any) -> None:
    def hide(play: Any) -> None:
        correct_after(play)
        shown = play.write

        def write(run: Path) -> None:
            for name in ("readings", "attestations"):
                play.lines[name] = [
                    line
                    for line in play.lines[name]
                    if line["revision"] == 0 or line["interval_start"] != play.intervals[3].start
                ]
            shown(run)

        play.write = write

    found = named(findings(hide))
    assert ("completeness", "correction 1 of gateway 1 in attestations.jsonl") in found
    assert ("attestations", "stored revision of gateway 1") in found
    assert ("attestations", "stored imported Wh") in found


@pytest.mark.parametrize(
    ("change", "item"),
    [
        ({"reason": 5}, "supersedes and reason"),
        ({"supersedes": "0x" + "11" * 32}, "root that correction 1 of gateway 1 supersedes"),
        ({"imported_wh": 1}, "imported Wh of correction 1"),
        ({"sequence": 8}, "correction 1 of gateway 1 as recorded"),
        ({"sequence": 1}, "correction 1 of gateway 1: superseded"),
        ({"reason": 1}, "correction 1 of gateway 1: nothing stated before"),
        ({"signature": "0x" + "11" * 65}, "signer of correction 1 of gateway 1"),
    ],
)
def test_a_changed_correction_is_named(findings: Any, change: dict[str, Any], item: str) -> None:
    found = findings(correct_after, attestations=lambda line: line.update(change))
    assert any(one.check == "attestations" and item in one.item for one in found), found


def test_a_proof_of_another_revision_is_named(findings: Any) -> None:
    def spoil(line: dict[str, Any]) -> None:
        line["proof"] = [*line["proof"][:-1], "0x" + "22" * 32]

    found = findings(correct_after, readings=spoil)
    assert {one.check for one in found} == {"reading proofs"}
    assert any("reading 0 of gateway 1, correction 2" in one.item for one in found)


@pytest.mark.parametrize("field", ["supersedes", "reason"])
def test_a_correction_says_what_and_why(findings: Any, field: str) -> None:
    found = findings(correct_after, attestations=lambda line: line.update({field: None}))
    assert ("files", field) in {(one.check, one.item.split(":")[0]) for one in found}, found
