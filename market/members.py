"""The registry's participants, remembered for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from market.ports import Member, Members


@dataclass(frozen=True, slots=True)
class _Remembered:
    member: Member
    until: float


class RememberedMembers:
    """Asks the registry about an account once in a while, not with every order.

    A participant barred meanwhile is found out at the latest when ``seconds`` are over, or at once
    after ``forget``. Accounts that the registry does not know are asked for every time.
    """

    def __init__(
        self,
        registry: Members,
        seconds: float = 30.0,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember what a registry says.

        Args:
            registry: whom to ask.
            seconds: how long an answer holds.
            timer: seconds that never go back.
        """
        self._registry = registry
        self._seconds = seconds
        self._timer = timer
        self._known: dict[int, _Remembered] = {}

    def participant(self, account: int) -> Member | None:
        """Return a participant's entry, or None where there is none."""
        known = self._known.get(account)
        if known is not None and self._timer() < known.until:
            return known.member
        member = self._registry.participant(account)
        if member is not None:
            self._known[account] = _Remembered(member, self._timer() + self._seconds)
        return member

    def forget(self, account: int) -> None:
        """Ask again the next time."""
        self._known.pop(account, None)
