"""A right run to spoil, and what an audit then says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chain.connection import Chain
from identity.canonical import canonical_bytes
from settlement.audit import Finding, Verdict, audit_run


@dataclass
class SpoiltRun:
    """A copy of a right run."""

    folder: Path
    chain: Chain
    play: Any

    def path(self, name: str) -> Path:
        """Return the path of a file of the run."""
        in_run = self.folder / name
        return in_run if in_run.exists() else self.folder / "published" / f"{name}.jsonl"

    def change(self, name: str, line: int, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the object on a line, counted from 1, and write it as canonical as it was."""
        lines = self.path(name).read_bytes().splitlines()
        value = json.loads(lines[line - 1])
        change(value)
        lines[line - 1] = canonical_bytes(value)
        self.path(name).write_bytes(b"".join(one + b"\n" for one in lines))

    def audit(self) -> Verdict:
        """Audit it against the chain that it was played on."""
        return audit_run(self.folder, self.chain)

    def find(self, check: str, item: str) -> Finding:
        """Audit it and return the one finding of a check about an item."""
        findings = self.audit().findings
        found = [one for one in findings if one.check == check and item in one.item]
        assert len(found) == 1, findings
        return found[0]


@pytest.fixture
def spoilt_run() -> type[SpoiltRun]:
    """The type of a run to spoil."""
    return SpoiltRun


@pytest.fixture
def spoilt(tiny_run, tmp_path: Path) -> SpoiltRun:
    """A copy of the tiny run, still right."""
    folder = tmp_path / "run"
    shutil.copytree(tiny_run.folder, folder)
    return SpoiltRun(folder, tiny_run.play.chain, tiny_run.play)
