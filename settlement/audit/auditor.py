"""The whole audit: every check in turn, none of them stopped by what another finds."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from chain.anvil import Anvil
from chain.connection import Chain
from chain.contracts import Contracts
from chain.events import read_events
from chain.failures import ChainError, MissingArtifactError
from domain.errors import CommonwattError, InvalidValueError
from settlement.audit.chain_log import ChainLog
from settlement.audit.checks.allocations import check_allocations
from settlement.audit.checks.attestations import check_attestations
from settlement.audit.checks.balances import check_balances
from settlement.audit.checks.completeness import check_completeness
from settlement.audit.checks.disputes import check_disputes
from settlement.audit.checks.metering import check_reading_proofs, check_readings
from settlement.audit.checks.orders import (
    check_cancellations,
    check_commitments,
    check_direct_orders,
    check_kept_receipts,
    check_orders,
    check_receipts,
)
from settlement.audit.checks.participants import check_participants, check_registry
from settlement.audit.checks.prices import check_prices, check_tariffs
from settlement.audit.checks.run import (
    CONTRACTS_ABOUT,
    MANIFEST_ABOUT,
    STATE_FILE,
    check_community,
    check_contracts,
    check_manifest,
)
from settlement.audit.checks.settlements import check_settlements
from settlement.audit.checks.withdrawals import check_withdrawals
from settlement.audit.evidence import Evidence
from settlement.audit.files import read_only_line
from settlement.audit.findings import Check, Finding, Ledger, Place, on_chain
from settlement.audit.manifest import MANIFEST_FILE, Manifest, parse_manifest
from settlement.audit.published import read_kept_receipts, read_published
from settlement.audit.registry import RegistryHistory

Progress = Callable[[str, int, int], None]
"""Told of every step of an audit: its name, how many are done, how many there are."""

_STEPS: Final[dict[str, Callable[[Evidence], None]]] = {
    "community": check_community,
    "registry": check_registry,
    "participants": check_participants,
    "orders": check_orders,
    "receipts": check_receipts,
    "kept receipts": check_kept_receipts,
    "direct orders": check_direct_orders,
    "commitments": check_commitments,
    "cancellations": check_cancellations,
    "withdrawals": check_withdrawals,
    "tariffs": check_tariffs,
    "prices": check_prices,
    "allocations": check_allocations,
    "readings": check_readings,
    "reading proofs": check_reading_proofs,
    "attestations": check_attestations,
    "disputes": check_disputes,
    "settlements": check_settlements,
    "balances": check_balances,
    "completeness": check_completeness,
}


class NotARunError(InvalidValueError):
    """A folder holds no run."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an audit came to.

    Attributes:
        manifest: what the run says of itself; None where that cannot be read.
        checks: every kind of comparison with its counts.
    """

    manifest: Manifest | None
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was compared and nothing differs."""
        return self.failures == 0

    @property
    def count(self) -> int:
        """Values compared."""
        return sum(check.count for check in self.checks)

    @property
    def failures(self) -> int:
        """Values that differ from what they should be."""
        return sum(check.failures for check in self.checks)

    @property
    def findings(self) -> list[Finding]:
        """The failures that were kept, in the sequence of the checks."""
        return [finding for check in self.checks for finding in check.findings]


def audit_run(
    run: Path, chain: Chain, *, receipts: Path | None = None, progress: Progress | None = None
) -> Verdict:
    """Recompute a published run from its files and a chain.

    Args:
        run: folder with ``manifest.json`` and ``published``.
        chain: connection to any node that holds the run's chain.
        receipts: file of receipts that participants kept, to find orders that were dropped.
        progress: told of every step.

    Raises:
        NotARunError: where the folder has no manifest.
        MissingArtifactError: where the contracts were not compiled.
    """
    return _audit(run, lambda: nullcontext(chain), receipts, progress)


def audit_stored_run(
    run: Path, *, receipts: Path | None = None, progress: Progress | None = None
) -> Verdict:
    """Recompute a published run from its files and the chain's state that lies beside them.

    The state is loaded into a chain of the auditor's own, which ends with the audit.

    Args:
        run: folder with ``manifest.json``, ``published`` and ``chain-state.json.gz``.
        receipts: file of receipts that participants kept, to find orders that were dropped.
        progress: told of every step.

    Raises:
        NotARunError: where the folder has no manifest or no state.
        MissingArtifactError: where the contracts were not compiled.
    """
    if not (run / STATE_FILE).is_file():
        raise NotARunError("run", f"a folder with {STATE_FILE}", str(run))
    return _audit(run, lambda: _stored_chain(run / STATE_FILE), receipts, progress)


@contextmanager
def _stored_chain(state: Path) -> Iterator[Chain]:
    with Anvil(load_state=state) as anvil:
        yield Chain(anvil.url)


def _audit(
    run: Path,
    connect: Callable[[], AbstractContextManager[Chain]],
    receipts: Path | None,
    progress: Progress | None,
) -> Verdict:
    ledger = Ledger()
    report = progress or _ignore
    report("manifest", 0, len(_STEPS) + 2)
    manifest = _read_manifest(run, ledger)
    if manifest is not None:
        _guard(ledger, "manifest", lambda: check_manifest(manifest, run, ledger))
        audit = partial(_audit_chain, run, manifest, receipts, ledger, connect, report)
        _guard(ledger, "contracts", audit)
    return Verdict(manifest, tuple(ledger))


def _read_manifest(run: Path, ledger: Ledger) -> Manifest | None:
    try:
        content = (run / MANIFEST_FILE).read_bytes()
    except OSError as error:
        raise NotARunError("run", f"a folder with {MANIFEST_FILE}", str(run)) from error
    try:
        return parse_manifest(read_only_line(content))
    except InvalidValueError as error:
        check = ledger.check("manifest", MANIFEST_ABOUT)
        check.fail(Place(MANIFEST_FILE, 1), error.field, error.expected, error.got)
        return None


def _audit_chain(
    run: Path,
    manifest: Manifest,
    receipts: Path | None,
    ledger: Ledger,
    connect: Callable[[], AbstractContextManager[Chain]],
    report: Progress,
) -> None:
    with ExitStack() as stack:
        chain = _connected(stack, connect, ledger)
        if chain is None:
            return
        report("files and events", 1, len(_STEPS) + 2)
        if not check_contracts(manifest, chain, ledger):
            return
        evidence = _gather(run, manifest, receipts, chain, ledger)
        for done, (name, step) in enumerate(_STEPS.items(), start=2):
            report(name, done, len(_STEPS) + 2)
            _guard(ledger, name, partial(step, evidence))
        report("done", len(_STEPS) + 2, len(_STEPS) + 2)


def _connected(
    stack: ExitStack, connect: Callable[[], AbstractContextManager[Chain]], ledger: Ledger
) -> Chain | None:
    try:
        return stack.enter_context(connect())
    except (ChainError, InvalidValueError, zlib.error) as error:
        check = ledger.check("contracts", CONTRACTS_ABOUT)
        check.fail(Place(STATE_FILE), "state", "one that a chain can be started from", error)
        return None


def _gather(
    run: Path, manifest: Manifest, receipts: Path | None, chain: Chain, ledger: Ledger
) -> Evidence:
    calendar = manifest.calendar()
    published = read_published(run, calendar, ledger)
    deployment = manifest.chain
    events = read_events(chain, deployment)
    return Evidence(
        manifest=manifest,
        calendar=calendar,
        published=published,
        chain=chain,
        contracts=Contracts(chain, deployment),
        log=ChainLog(events, calendar),
        registry=RegistryHistory.replay(events),
        ledger=ledger,
        kept_receipts=None if receipts is None else read_kept_receipts(receipts, calendar, ledger),
    )


def _guard(ledger: Ledger, name: str, step: Callable[[], None]) -> None:
    """Run a step; what stops it is a finding like any other, and the audit goes on."""
    try:
        step()
    except MissingArtifactError:
        raise
    except Exception as error:  # whatever a hostile file or chain brings about
        check = ledger.check(name, "the chain answers in the form expected")
        got = str(error) if isinstance(error, CommonwattError) else repr(error)
        check.fail(on_chain(), "the check itself", "to come to its end", got)


def _ignore(_name: str, _done: int, _steps: int) -> None:
    """Take no notice of progress."""
