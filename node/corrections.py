"""Settlements that follow corrected readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.errors import InvalidValueError, RefusedError
from domain.interval import Interval
from oracle.ingest import CorrectedInterval, MeterIngest
from settlement.service import CorrectionTooLateError, Settlements
from settlement.settled import SettledInterval


@dataclass(frozen=True, slots=True)
class FollowedCorrection:
    """What became of a settlement whose readings were corrected.

    Attributes:
        interval: which interval.
        refusal: why it was not corrected; None where it was.
    """

    interval: Interval
    refusal: RefusedError | None


class CorrectionFollower:
    """Corrects the settled intervals whose readings were corrected since.

    Which ones these are stands in the database, until their settlement follows or is too late.
    """

    def __init__(
        self,
        community: int,
        ingest: MeterIngest,
        settlements: Settlements,
        correct: Callable[[Interval], SettledInterval],
    ) -> None:
        """Prepare to follow.

        Args:
            community: whose settlements.
            ingest: knows which readings were corrected.
            settlements: what was settled.
            correct: replaces a settlement by what its readings come to now.
        """
        self._community = community
        self._ingest = ingest
        self._settlements = settlements
        self._correct = correct

    def follow(self) -> Iterator[FollowedCorrection]:
        """Correct what is to be corrected, by start, and tell of each as it is done.

        What is not settled yet is passed over, and so is what stays as it was. What is refused is
        tried again the next time, unless it is too late.

        Raises:
            ChainError: where the chain cannot be reached; calling it again goes on.
        """
        for corrected in self._ingest.unsettled(self._community):
            yield from self._follow(corrected)

    def _follow(self, corrected: CorrectedInterval) -> Iterator[FollowedCorrection]:
        interval = corrected.interval
        before = self._settlements.interval(interval)
        if before is None:
            return
        try:
            after = self._correct(interval)
        except InvalidValueError as error:
            # What its meters say fits no settlement; that is no reason to leave the others.
            yield FollowedCorrection(interval, RefusedError("correction-impossible", str(error)))
            return
        except RefusedError as refusal:
            if isinstance(refusal, CorrectionTooLateError):
                self._ingest.note_settled(corrected)
            yield FollowedCorrection(interval, refusal)
            return
        self._ingest.note_settled(corrected)
        if after != before:
            yield FollowedCorrection(interval, None)
