"""Measuring actions against one another, on a machine that does other things as well."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import Final, NamedTuple

Action = Callable[[], object]

_MILLISECONDS: Final = 1e3


class Timing(NamedTuple):
    """Milliseconds of the processor's time over some repeats.

    Attributes:
        least: the most telling figure, as whatever else happens only adds to it.
        median: the middle one.
    """

    least: float
    median: float


def measure(
    actions: Mapping[str, Action], repeats: int, step: Callable[[], object] = lambda: None
) -> dict[str, Timing]:
    """Run actions in turns, so that a slower spell of the machine meets all of them.

    Each run follows another of the same action that does not count, so that neither the cache nor
    the memory that the action before gave back plays a part.

    Args:
        actions: by name.
        repeats: how often each is run.
        step: called after each run that counts.
    """
    spent: dict[str, list[float]] = {name: [] for name in actions}
    with _no_collection():
        for _ in range(repeats):
            for name, action in actions.items():
                action()
                begin = time.thread_time()
                action()
                spent[name].append((time.thread_time() - begin) * _MILLISECONDS)
                step()
    return {name: Timing(min(times), median(times)) for name, times in spent.items()}


def peak_memory(action: Action) -> int:
    """Return the bytes that an action needs at most beyond what was there, its result included.

    Args:
        action: what is run, once; numpy reports its arrays, too.
    """
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        action()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Leave Python's garbage where it is, as ``timeit`` does."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
