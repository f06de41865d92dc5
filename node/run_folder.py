"""Where the files of one run lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import RefusedError


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run and the names in it."""

    path: Path

    @property
    def manifest(self) -> Path:
        """Which community, day, chain and contracts."""
        return self.path / "manifest.json"

    @property
    def published(self) -> Path:
        """What an auditor reads."""
        return self.path / "published"

    @property
    def chain_state(self) -> Path:
        """The embedded chain's blocks and state."""
        return self.path / "chain-state.json.gz"

    @property
    def database(self) -> Path:
        """The node's own tables."""
        return self.path / "commonwatt.sqlite"

    @property
    def log(self) -> Path:
        """What the node did, one JSON object a line."""
        return self.path / "node.log"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.path / "report.html"

    @classmethod
    def create(cls, path: Path) -> RunFolder:
        """Make a new folder for a run.

        Raises:
            RefusedError: where the folder exists and holds something.
        """
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RefusedError("folder-in-use", f"{path} exists and is not empty")
        folder = cls(path)
        folder.published.mkdir(parents=True)
        return folder

    @classmethod
    def create_in(cls, parent: Path, name: str) -> RunFolder:
        """Make a folder with a name of its own under ``parent``; ``latest`` points at it."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        candidates = [f"{name}-{stamp}", *(f"{name}-{stamp}-{n}" for n in range(2, 1000))]
        for candidate in candidates:
            try:
                (parent / candidate).mkdir(parents=True)
            except FileExistsError:
                continue
            folder = cls.create(parent / candidate)
            _point(parent / "latest", candidate)
            return folder
        raise RefusedError("folder-in-use", f"{parent} already holds 1,000 runs of this second")


def _point(link: Path, target: str) -> None:
    """Replace a symbolic link in one step, so that two runs cannot trip over each other."""
    fresh = link.with_name(f".latest-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
