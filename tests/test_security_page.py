"""The threat model names the tests that show what it says; they have to be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"
REFERENCE = re.compile(r"`([\w./]+\.(?:sol|py))::(\w+)`")
THREATS = re.compile(r"^\| threat \|.*?\n\|[- |]+\n((?:\|.*\n)+)", re.MULTILINE)


def references() -> list[tuple[str, str]]:
    return sorted(set(REFERENCE.findall(PAGE.read_text())))


def rows() -> list[str]:
    return [row for table in THREATS.findall(PAGE.read_text()) for row in table.splitlines()]


@pytest.mark.parametrize(("file", "name"), references(), ids=lambda part: str(part))
def test_a_named_test_exists(file: str, name: str) -> None:
    if file.endswith(".py"):
        source, definition = ROOT / "tests" / file, f"def {name}("
    else:
        kind = "contracts/proofs" if name.startswith("check_") else "contracts/test"
        source, definition = ROOT / kind / file, f"function {name}("
    assert source.is_file(), source
    assert definition in source.read_text()


def test_every_threat_names_a_test() -> None:
    assert len(rows()) > 0
    assert [row for row in rows() if not REFERENCE.search(row)] == []
