"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_file() -> Callable[[str], Path]:
    """Find a reference file (official vectors, market data), or skip the test that needs it.

    The folder is ``$COMMONWATT_SHARED``, by default ``shared/`` beside the checkout. Its files have
    licences and sources of their own and are not part of this project.
    """
    folder = Path(os.environ.get("COMMONWATT_SHARED", _ROOT.parent / "shared"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.is_file():
            pytest.skip(f"reference file {name} is not in {folder} (see COMMONWATT_SHARED)")
        return path

    return find
