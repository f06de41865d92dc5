"""Keeping a library's own printing out of what a program prints."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_STANDARD_OUTPUT: Final = 1


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Throw away what libraries in C print to the standard output meanwhile.

    HiGHS 1.12 prints a line of its own at times, whatever its options say (ERGO-Code/HiGHS issue
    2783), and would so break JSON that goes to a pipe. The whole process is quiet.
    """
    if sys.stdout is not None:
        sys.stdout.flush()
    _flush_libraries()
    try:
        kept = os.dup(_STANDARD_OUTPUT)
    except OSError:
        # A program without a standard output has nothing to keep clean.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STANDARD_OUTPUT)
    try:
        yield
    finally:
        _flush_libraries()
        os.dup2(kept, _STANDARD_OUTPUT)
        os.close(kept)
        os.close(nowhere)


def _flush_libraries() -> None:
    """Let C's buffers go where they belong now rather than later."""
    ctypes.CDLL(None).fflush(None)
