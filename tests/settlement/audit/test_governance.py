"""Runs of a market that is about to be handed over to a timelock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil
from chain.connection import Chain
from chain.governance import Governance
from settlement.audit import audit_run

pytestmark = pytest.mark.chain

BEGIN = 1_743_458_400 - 3_600
PROPOSER = "0x" + "5a" * 20


@pytest.fixture(scope="module")
def governed(tiny_run: Any) -> Iterator[Any]:
    """A right run whose contracts have a timelock."""
    with Anvil(timestamp=BEGIN) as anvil:
        play = type(tiny_run.play)(Chain(anvil.url), governance=Governance((PROPOSER,)))
        play.play()
        yield play, anvil
        play.engine.dispose()
        play.chain.close()


def audited(governed: Any, folder: Path, timelock: str) -> list[Any]:
    play, anvil = governed
    play.manifest["chain"]["timelock"] = timelock.lower()
    anvil.dump_state(folder / "chain-state.json.gz")
    play.write(folder)
    return audit_run(folder, play.chain).findings


def test_a_run_with_a_timelock_passes(governed: Any, tmp_path: Path) -> None:
    assert audited(governed, tmp_path, governed[0].deployment.timelock) == []


def test_another_contract_is_no_timelock(governed: Any, tmp_path: Path) -> None:
    findings = audited(governed, tmp_path, governed[0].contracts.market.address)
    finding = findings[0]
    assert (finding.check, finding.file) == ("contracts", "manifest.json")
    assert finding.item == "chain.timelock: hash of creation code of Timelock"


def test_a_timelock_that_is_not_there_is_found(governed: Any, tmp_path: Path) -> None:
    (finding,) = audited(governed, tmp_path, PROPOSER)
    assert (finding.item, finding.got) == ("chain.timelock", "none there")
