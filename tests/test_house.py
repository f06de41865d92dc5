"""The rules of the house that no other tool checks."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "contracts" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


def test_rooms_import_only_the_rooms_below_them() -> None:
    script = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    linter = [sys.executable, "-c", script]
    done = subprocess.run(linter, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    broken = [
        target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_dependency_is_justified() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for group in project["project"]["optional-dependencies"].values():
        named += group
    for group in project["dependency-groups"].values():
        named += group
    packages = {re.split(r"[\[<>=]", requirement)[0] for requirement in named}
    page = (ROOT / "docs" / "dependencies.md").read_text()
    assert {name for name in packages if f"`{name}`" not in page} == set()


def test_a_gateway_needs_no_node_packages() -> None:
    script = (
        "import sys, oracle.gateway, oracle.ingest, identity.credentials, chain.sender\n"
        "heavy = {'numpy', 'fastapi', 'typer', 'rich', 'scipy', 'solcx', 'plotly', 'defusedxml',\n"
        "         'web3'}\n"
        "raise SystemExit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name[:4]) for page in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
