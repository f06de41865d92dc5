"""A node whose process is killed again and again, in every window of every step of an interval."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil

pytestmark = pytest.mark.chain

SCRIPT = Path(__file__).with_name("interval_process.py")
FIRST = 1_743_458_400
DEATHS = [
    ("tariffs", "signed"),
    ("tariffs", "noted"),
    *(
        (step, moment)
        for step in ("commit-0", "clear", "answer", "attest", "settle")
        for moment in ("signed", "sent", "noted")
    ),
]
PRICE = 15_000
BOUGHT, IMPORTED, EXPORTED = 500, 700, 600
PAID = BOUGHT * PRICE + (IMPORTED - BOUGHT) * 30_000
EARNED = BOUGHT * PRICE + (EXPORTED - BOUGHT) * 8_000
DEPOSIT = 10**9


def run(url: str, folder: Path, mechanism: str, number: int, *death: str) -> list[dict[str, Any]]:
    """Run one process; tell what it said."""
    command = [sys.executable, str(SCRIPT), url, str(folder), mechanism, str(number), *death]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == (-signal.SIGKILL if death else 0), ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def start(number: int) -> int:
    return FIRST + 1_800 * number


@pytest.mark.parametrize("mechanism", ["uniform-price", "pay-as-bid"])
def test_a_node_killed_at_any_step_goes_on_and_does_nothing_twice(
    tmp_path: Path, mechanism: str
) -> None:
    with Anvil(timestamp=FIRST - 3_600) as anvil:
        found = []
        for number, (step, moment) in enumerate(DEATHS):
            # Every interval is challenged once.
            name = f"answer-{number + 1}" if step == "answer" else step
            found += run(anvil.url, tmp_path, mechanism, number, name, moment)
        resumed, end = run(anvil.url, tmp_path, mechanism, len(DEATHS))
    found.append(resumed)
    assert len(found) == len(DEATHS) + 1

    for number, (step, moment) in enumerate(DEATHS):
        after = found[number + 1]
        assert after["receipts"] == (moment != "noted"), (step, moment)
        cleared = step in ("answer", "attest", "settle")
        assert after["unsettled"] == ([start(number)] if cleared else []), (step, moment)
        owes = step in ("answer", "attest")
        assert after["held"] == (BOUGHT * PRICE if owes else 0), (step, moment)

    count = len(DEATHS) + 1
    assert end["settled"] == [start(number) for number in range(count)]
    assert set(end["states"]) == {"confirmed"}
    assert len(end["states"]) == 6 * count
    for event in (
        "TariffPosted",
        "OrdersCommitted",
        "IntervalCleared",
        "ChallengeOpened",
        "ChallengeAnswered",
        "ReadingsAttested",
        "IntervalSettled",
    ):
        assert end["events"][event] == count
    allocated = count if mechanism == "pay-as-bid" else 0
    assert end["events"].get("AllocationRecorded", 0) == allocated
    assert end["payments"] == [count * PAID, -count * EARNED]
    paid, earned = end["payments"]
    assert end["balances"] == [DEPOSIT - paid, DEPOSIT - earned, DEPOSIT + paid + earned]
    assert end["held"] == 0
