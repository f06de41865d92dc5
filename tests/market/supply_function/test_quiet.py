"""What libraries print."""

from __future__ import annotations

import ctypes

import pytest

from market.supply_function.quiet import quiet_libraries


def _print_in_c(text):
    ctypes.CDLL(None).puts(text)


def test_libraries_are_quiet_within_only(capfd):
    _print_in_c(b"before")
    with quiet_libraries():
        _print_in_c(b"within")
    _print_in_c(b"after")
    ctypes.CDLL(None).fflush(None)
    assert capfd.readouterr().out == "before\nafter\n"


def test_output_comes_back_after_an_error(capfd):
    with pytest.raises(ValueError, match="failed"), quiet_libraries():
        raise ValueError("failed")
    print("after")
    assert capfd.readouterr().out == "after\n"
