"""Mechanisms are chosen by name."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from identity.hashing import keccak256
from market.clearing import clear_uniform_price
from market.mechanisms import mechanism, mechanism_id


def test_known_names():
    assert mechanism("uniform-price") is clear_uniform_price
    assert mechanism_id("uniform-price") == keccak256(b"uniform-price")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InvalidValueError, match="--mechanism: expected one of: uniform-price"):
        mechanism("lottery", "--mechanism")
