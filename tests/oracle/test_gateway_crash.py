"""A gateway whose process is killed again and again, at points that it does not choose."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from domain.interval import Interval
from identity.signed_reading import verify_signed_reading
from oracle.gateway import Gateway
from oracle.verification import BatchVerifier

START = 1_743_465_600
DEVICES = (7, 8)

KILLS = ((1, 0.0), (4, 0.0013), (3, 0.0007), (9, 0.0021), (12, 0.0004))
"""Lines to wait for and seconds after them."""

WORKER = """
import sys
from domain.interval import Interval
from domain.reading import Reading
from identity.keys import Ed25519Key, EvmKey
from identity.typed_data import metering_domain
from oracle.gateway import Gateway

store, first = sys.argv[1], int(sys.argv[2])
gateway = Gateway(
    1,
    Ed25519Key.from_seed(bytes([1]) * 32),
    EvmKey.from_secret(bytes([1]) * 32),
    domain=metering_domain(31337, "0x" + "ab" * 20),
    devices=(7, 8),
    store=store,
)

def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\\n")
    sys.stdout.flush()

say("ready")
for slot in range(first, 10_000):
    interval = Interval(1, 1_743_465_600 + slot * 900)
    for device in (7, 8):
        gateway.record(Reading(interval, device, slot, device))
        say("recorded", slot, device)
    batch = gateway.close(interval)
    say("closed", slot, batch.attestation.sequence, batch.attestation.root.hex())
    if slot % 3 == 0:
        for batch in gateway.pending():
            gateway.acknowledge(batch.attestation.sequence)
            say("acknowledged", batch.attestation.sequence)
"""


class Observed:
    """What the killed processes said before they died."""

    def __init__(self) -> None:
        self.recorded: set[tuple[int, int]] = set()
        self.closed: dict[int, tuple[int, str]] = {}
        self.acknowledged: set[int] = set()
        self.slot = 0

    def note(self, line: str) -> None:
        kind, *words = line.split()
        if kind == "recorded":
            self.slot = int(words[0])
            self.recorded.add((self.slot, int(words[1])))
        elif kind == "closed":
            slot, outcome = int(words[0]), (int(words[1]), words[2])
            assert self.closed.setdefault(slot, outcome) == outcome
        elif kind == "acknowledged":
            self.acknowledged.add(int(words[0]))


def run_and_kill(store: Path, seen: Observed, lines: int, pause: float) -> None:
    command = [sys.executable, "-c", WORKER, str(store), str(seen.slot)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for _ in range(lines + 1):
                seen.note(process.stdout.readline())
            time.sleep(pause)
        finally:
            process.kill()
        # What it still said before it died was true too.
        *whole, _ = process.stdout.read().split("\n")
        for line in whole:
            seen.note(line)
    assert process.returncode == -9


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_no_kill_loses_or_changes_anything(tmp_path: Path, scene: Any) -> None:
    store, seen = tmp_path / "gateway.sqlite", Observed()
    for lines, pause in KILLS:
        run_and_kill(store, seen, lines, pause)
    assert len(seen.closed) >= 5
    assert seen.acknowledged

    key = scene.ed25519_keys[1], scene.evm_keys[1]
    with Gateway(1, *key, domain=scene.domain, devices=DEVICES, store=store) as gateway:
        pending = {batch.attestation.sequence for batch in gateway.pending()}
        batches = [gateway.close(Interval(1, START + slot * 900)) for slot in sorted(seen.closed)]
    assert not pending & seen.acknowledged
    closed = {sequence for sequence, _ in seen.closed.values()}
    acknowledged_in_silence = closed - pending - seen.acknowledged
    assert len(acknowledged_in_silence) <= len(KILLS)
    for slot, batch in zip(sorted(seen.closed), batches, strict=True):
        attestation = batch.attestation
        assert (attestation.sequence, attestation.root.hex()) == seen.closed[slot]
        readings = [verify_signed_reading(entry.document)[0] for entry in batch.readings]
        assert [(one.device, one.imported) for one in readings] == [(7, slot), (8, slot)]
        assert len(BatchVerifier(scene.registry, scene.domain).verify(batch)) == 2
    assert [batch.attestation.sequence for batch in batches] == list(range(1, len(batches) + 1))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_recorded_reading_survives_a_kill_before_its_interval_is_closed(tmp_path: Path) -> None:
    store, seen = tmp_path / "gateway.sqlite", Observed()
    run_and_kill(store, seen, 1, 0.0)
    assert (0, 7) in seen.recorded
    again = Observed()
    again.slot = 0
    run_and_kill(store, again, 3, 0.0)
    assert again.closed[0][0] == 1
