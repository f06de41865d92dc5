"""Instants as people write them."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from domain.instant import parse_instant


@pytest.mark.parametrize(
    "text", ["2025-04-06T10:00:00Z", "2025-04-06T10:00:00+00:00", "2025-04-06T12:00+02:00"]
)
def test_the_same_instant(text):
    assert parse_instant(text, "--start") == 1_743_933_600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2025-04-06T10:00:00",
        "2025-04-06T10:00:00.5Z",
        "2025-04-06T10:00:00+01:00:00.5",
    ],
)
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(InvalidValueError, match="--start: expected an instant with its offset"):
        parse_instant(text, "--start")
