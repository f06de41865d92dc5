"""Measuring in turns, and memory to the byte."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from node.benchmarks.timing import measure, peak_memory


def test_actions_take_turns():
    done = []
    steps = []
    found = measure(
        {"a": lambda: done.append("a"), "b": lambda: done.append("b")}, 2, lambda: steps.append(1)
    )
    assert list(found) == ["a", "b"]
    assert "".join(done) == "aabb" * 2
    assert len(steps) == 4
    assert all(0 <= one.least <= one.median for one in found.values())


def test_the_garbage_collector_is_left_as_it_was():
    seen = []
    measure({"": lambda: seen.append(gc.isenabled())}, 1)
    assert seen == [False, False]
    assert gc.isenabled()


def test_more_work_takes_longer():
    def work(times):
        for _ in range(times):
            sum(range(20_000))

    found = measure({"more": lambda: work(20), "less": lambda: work(1)}, 5)
    assert found["more"].least > found["less"].least


@pytest.mark.parametrize("size", [1 << 16, 1 << 20])
def test_peak_memory_counts_arrays(size):
    def act():
        kept = np.zeros(size, np.uint8)
        np.zeros_like(kept)
        return kept

    assert 2 * size <= peak_memory(act) < 2 * size + 10_000
