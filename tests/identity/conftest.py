from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def vectors(shared_file: Callable[[str], Path]) -> Callable[[str], Any]:
    """Load an official vector file, or skip where it is absent."""

    def load(name: str) -> Any:
        return json.loads(shared_file(f"vectors/{name}.json").read_text("utf-8"))

    return load
