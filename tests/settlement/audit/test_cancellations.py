"""Runs in which participants cancel committed orders on chain, and what an operator hides of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil
from chain.connection import Chain
from chain.roles import ENTRY_ROLE
from domain.cancellation import Cancellation
from domain.units import Account
from market.book import CommittedCancellation
from settlement.audit import Finding, Verdict, audit_run

pytestmark = pytest.mark.chain

FIRST = 1_743_458_400
MECHANISMS = [
    ("uniform-price", 250),
    ("pay-as-bid", 400),
    ("mid-market-rate", None),
    ("supply-demand-ratio", None),
    ("bill-sharing", None),
]


@pytest.fixture
def audited(tiny_run: Any, tmp_path: Path) -> Callable[..., Verdict]:
    """Play a run with something changed before it begins, and audit what is published of it."""
    kind = type(tiny_run.play)

    def played(prepare: Callable[[Any], object]) -> Verdict:
        with Anvil(timestamp=FIRST - 3_600) as anvil:
            play = kind(Chain(anvil.url))
            prepare(play)
            play.play()
            anvil.dump_state(tmp_path / "chain-state.json.gz")
            play.write(tmp_path)
            verdict = audit_run(tmp_path, play.chain)
            play.engine.dispose()
            play.chain.close()
            return verdict

    return played


def cancel_some(play: Any) -> None:
    """Out are one of two equal bids, a direct bid, and all that would trade in the last quarter."""
    play.cancelled = {0: [(0, 1), (2, 0)], 3: [(0, 0)]}


def found(verdict: Verdict) -> list[Finding]:
    return list(verdict.findings)


@pytest.mark.parametrize(("mechanism", "k"), MECHANISMS)
def test_a_run_with_cancellations_passes_under_every_mechanism(
    audited: Any, mechanism: str, k: int | None
) -> None:
    def prepare(play: Any) -> None:
        cancel_some(play)
        play.mechanism, play.k = mechanism, k

    verdict = audited(prepare)
    assert found(verdict) == []
    (check,) = [one for one in verdict.checks if one.name == "cancellations"]
    assert check.count == 10


@pytest.mark.parametrize("hidden", [True, False])
def test_a_line_that_says_otherwise_than_the_chain(audited: Any, hidden: bool) -> None:
    def prepare(play: Any) -> None:
        cancel_some(play)
        write = play.write

        def written(run: Path) -> None:
            line = play.lines["orders"][1 if hidden else 0]
            line["cancelled"] = not line["cancelled"]
            write(run)

        play.write = written

    (finding,) = found(audited(prepare))
    assert (finding.check, finding.interval) == ("cancellations", FIRST)
    account = 2 if hidden else 1
    assert finding.item == f"order 0/{1 if hidden else 0} of account {account}: cancelled"


def test_a_cancellation_of_anothers_order_takes_nothing_out(audited: Any) -> None:
    def prepare(play: Any) -> None:
        commit, links = play._commit, play._links

        def cancellation(at: int) -> Cancellation:
            return Cancellation(play.intervals[at], Account(3), 0, 0)

        def committed(at: int) -> Any:
            book = commit(at)
            if at == 1:
                play.send("3", play.contracts.order_entry.cancel_order(cancellation(at)))
            return book

        def linked(at: int, *rest: Any) -> Any:
            found_links = links(at, *rest)
            if at == 1:
                found_links.append(CommittedCancellation(len(found_links), cancellation(at)))
            return found_links

        play._commit, play._links = committed, linked

    assert found(audited(prepare)) == []


def test_somebody_else_may_enter_orders(audited: Any) -> None:
    """Whoever holds the entry's role can cancel for others."""

    def prepare(play: Any) -> None:
        describe = play._describe

        def described() -> None:
            describe()
            operator = play.keys["operator"].address
            play.send("admin", play.contracts.market.grant_role(ENTRY_ROLE, operator))

        play._describe = described

    (finding,) = found(audited(prepare))
    assert (finding.check, finding.item) == ("community", "who may enter orders on Market")
