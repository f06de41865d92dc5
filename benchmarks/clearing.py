"""Measuring in turns, for the benchmarks here; `commonwatt bench` measures clearing itself."""

from __future__ import annotations

from node.benchmarks.timing import measure

__all__ = ["measure"]
