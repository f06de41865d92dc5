"""The thread in which a running node does what it does by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import structlog

from chain.failures import ChainError
from domain.errors import RefusedError

EVERY_SECONDS: Final = 5.0
"""Between two looks at what is to be done; a challenge is to be answered within an hour."""

AT_ONCE_SECONDS: Final = 60.0
"""After which a duty with more to do lets the others have their turn."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of something that a duty found to do.

    Attributes:
        about: what it is, as the log names it (``{"challenge": 3}``).
        refusal: why it was not done; None where it was.
    """

    about: Mapping[str, int | str]
    refusal: RefusedError | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that a running node does again and again.

    Attributes:
        name: what the node does, for the log (``answer challenges``).
        perform: does what there is to do, and tells of each thing as it is done; it goes on the
            next time where it was kept from it, or took too long.
    """

    name: str
    perform: Callable[[], Iterable[Outcome]]


class Watch:
    """Performs duties in a thread of its own, one after the other, between enter and exit.

    A duty that fails, or finds a great deal to do, keeps no other from being performed, and goes on
    in the next round. The same refusal of the same thing goes to the log once, and so does the same
    failure, until the duty succeeds.
    """

    def __init__(
        self,
        duties: Sequence[Duty],
        *,
        every: float = EVERY_SECONDS,
        at_once: float = AT_ONCE_SECONDS,
    ) -> None:
        """Prepare to watch.

        Args:
            duties: what to do, in this sequence.
            every: seconds between the end of one round and the beginning of the next.
            at_once: seconds after which a duty goes on in the next round.
        """
        self._duties = tuple(duties)
        self._every = every
        self._at_once = at_once
        self._under_way: dict[str, Iterator[Outcome]] = {}
        self._stop = threading.Event()
        self._refused: dict[tuple[str, ...], str] = {}
        self._failures: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop once what is under way is done."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            for duty in self._duties:
                self._perform(duty)
            self._stop.wait(self._every)

    def _perform(self, duty: Duty) -> None:
        until = time.monotonic() + self._at_once
        under_way = self._under_way.pop(duty.name, None)
        try:
            outcomes = iter(duty.perform()) if under_way is None else under_way
            for outcome in outcomes:
                self._note(duty, outcome)
                if self._stop.is_set():
                    return
                if time.monotonic() >= until:
                    self._under_way[duty.name] = outcomes
                    return
        # Whatever keeps one duty from being done, the others have limits of time as well.
        except Exception as error:
            self._note_failure(duty, error)
        else:
            self._failures.pop(duty.name, None)

    def _note(self, duty: Duty, outcome: Outcome) -> None:
        thing = (duty.name, *map(str, outcome.about.values()))
        if outcome.refusal is None:
            self._refused.pop(thing, None)
            _log.info("done", duty=duty.name, **outcome.about)
            return
        reason = str(outcome.refusal)
        if self._refused.get(thing) != reason:
            self._refused[thing] = reason
            _log.error("refused", duty=duty.name, reason=reason, **outcome.about)

    def _note_failure(self, duty: Duty, error: Exception) -> None:
        failure = repr(error)
        if self._failures.get(duty.name) == failure:
            return
        self._failures[duty.name] = failure
        if isinstance(error, ChainError):
            _log.warning("the chain does not answer", duty=duty.name, error=str(error))
        else:
            _log.error("failed", duty=duty.name, exc_info=error)
