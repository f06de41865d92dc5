"""The events of a run's contracts, by kind and interval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from chain.events import ContractEvent
from domain.interval import Interval

_E = TypeVar("_E", bound=ContractEvent)


class ChainLog:
    """Every event of the contracts, in the sequence of the chain.

    Attributes:
        events: all of them.
        strays: those about an interval that the run does not have.
    """

    def __init__(self, events: Sequence[ContractEvent], calendar: Mapping[int, Interval]) -> None:
        """Sort events.

        Args:
            events: in the sequence of the chain.
            calendar: the run's intervals by their start.
        """
        self.events = tuple(events)
        self.strays: list[ContractEvent] = []
        self._of_kind: defaultdict[type[ContractEvent], list[Any]] = defaultdict(list)
        self._of_interval: defaultdict[type[ContractEvent], dict[int, list[Any]]]
        self._of_interval = defaultdict(dict)
        for event in events:
            self._sort_in(event, calendar)

    def of(self, kind: type[_E]) -> list[_E]:
        """Return all events of a kind; of those about intervals, only the run's."""
        found: list[_E] = self._of_kind[kind]
        return found

    def by_start(self, kind: type[_E]) -> dict[int, list[_E]]:
        """Return the events of a kind about the run's intervals, by the start of the interval."""
        found: dict[int, list[_E]] = self._of_interval[kind]
        return found

    def _sort_in(self, event: ContractEvent, calendar: Mapping[int, Interval]) -> None:
        interval = getattr(event, "interval", None)
        if interval is not None:
            if calendar.get(interval.start) != interval:
                self.strays.append(event)
                return
            self._of_interval[type(event)].setdefault(interval.start, []).append(event)
        self._of_kind[type(event)].append(event)
