"""Disputes: every challenge was answered, and annulled trades are settled nowhere."""

from __future__ import annotations

from chain.events import (
    ChallengeAnswered,
    ChallengeOpened,
    ChallengeUpheld,
    DuplicateProven,
    TradesAnnulled,
)
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, on_chain


def check_disputes(evidence: Evidence) -> None:
    """Report what the operator could not answer, and check that annulled trades are not settled."""
    check = evidence.ledger.check("disputes", "challenges answered, annulled trades not settled")
    for start, interval in evidence.calendar.items():
        place = on_chain(start)
        found = ask(check, place, "dispute", evidence.contracts.disputes.dispute_of, interval)
        if found is not None:
            check.expect(place, "challenges that wait for an answer", 0, found.open_challenges)
    outcomes = _outcomes(evidence)
    for opened in evidence.log.of(ChallengeOpened):
        item = f"challenge {opened.challenge}, {opened.kind.name.lower()} order"
        place = on_chain(opened.interval.start)
        check.expect(place, item, "answered", outcomes.get(opened.challenge, "open"))
    for proven in evidence.log.of(DuplicateProven):
        item = f"order at {proven.first_batch}/{proven.first_index}"
        second = f"again at {proven.second_batch}/{proven.second_index}"
        check.fail(on_chain(proven.interval.start), item, "in its book once", second)
    _check_annulled(evidence, check)


def _outcomes(evidence: Evidence) -> dict[int, str]:
    log = evidence.log
    return {
        **{event.challenge: "answered" for event in log.of(ChallengeAnswered)},
        **{event.challenge: "upheld" for event in log.of(ChallengeUpheld)},
    }


def _check_annulled(evidence: Evidence, check: Check) -> None:
    annulled = evidence.log.by_start(TradesAnnulled)
    for line in evidence.published.settlements:
        if line.interval.start not in annulled:
            continue
        for entry in line.entries:
            traded = entry.position.bought + entry.position.sold
            item = f"Wh traded by account {entry.position.account} in annulled trades"
            check.expect(line.place, item, 0, traded)
