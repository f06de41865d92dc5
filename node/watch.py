"""What a running node does beside everything else: it answers challenges as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

import structlog

from chain.failures import ChainError
from market.challenges import Answered

EVERY_SECONDS: Final = 5.0
"""Between two looks at the chain; a challenge is to be answered within an hour."""

_log = structlog.get_logger()


class ChallengeWatch:
    """Answers challenges in a thread of its own, from ``__enter__`` to ``__exit__``.

    A chain that cannot be reached is asked again; every refusal goes to the log once a challenge.
    """

    def __init__(
        self, answer: Callable[[], Sequence[Answered]], *, every: float = EVERY_SECONDS
    ) -> None:
        """Prepare to watch.

        Args:
            answer: answers what is open (``CommunityNode.answer_challenges``).
            every: seconds between two looks at the chain.
        """
        self._answer = answer
        self._every = every
        self._stop = threading.Event()
        self._refused: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="challenge-watch", daemon=True)

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
        """Stop once the answer under way is given."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                found = self._answer()
            except ChainError as error:
                _log.warning("challenges cannot be read", error=str(error))
            else:
                for answered in found:
                    self._note(answered)
            self._stop.wait(self._every)

    def _note(self, answered: Answered) -> None:
        place = {"challenge": answered.number, "interval": str(answered.challenge.interval)}
        if answered.refusal is None:
            _log.info("challenge answered", **place)
        elif answered.number not in self._refused:
            self._refused.add(answered.number)
            _log.error("challenge not answered", reason=str(answered.refusal), **place)
