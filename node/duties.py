"""What a running node does by itself: it answers challenges, and follows corrected readings."""

from __future__ import annotations

from collections.abc import Iterator

from domain.errors import RefusedError
from node.composition import CommunityNode
from node.watch import Duty, Outcome
from oracle.ingest import EndedCorrection


def duties_of(node: CommunityNode) -> tuple[Duty, ...]:
    """Return all that a node does by itself; each duty goes on after a kill."""

    def answer_challenges() -> Iterator[Outcome]:
        for answered in node.answer_challenges():
            interval = str(answered.challenge.interval)
            yield Outcome({"challenge": answered.number, "interval": interval}, answered.refusal)

    def bring_corrections() -> Iterator[Outcome]:
        for ended in node.bring_corrections():
            place = {"gateway": ended.gateway, "sequence": ended.sequence}
            yield Outcome({**place, "interval": str(ended.interval)}, _refusal(ended))

    def correct_settlements() -> Iterator[Outcome]:
        for followed in node.correct_settlements():
            yield Outcome({"interval": str(followed.interval)}, followed.refusal)

    return (
        Duty("answer challenges", answer_challenges),
        Duty("bring corrections of readings", bring_corrections),
        Duty("correct settlements", correct_settlements),
    )


def _refusal(ended: EndedCorrection) -> RefusedError | None:
    return None if ended.excluded is None else RefusedError("correction-excluded", ended.excluded)
