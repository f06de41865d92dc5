"""What every wallet should hold: both tokens replayed from the chain's events."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from chain.events import (
    Burned,
    CertificatesOwed,
    CertificatesWithheld,
    ContractEvent,
    Minted,
    MintReversed,
    PayoutExpired,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
    Retired,
    Transfer,
)
from domain.position import Position
from settlement.audit.checks.versions import VersionEvent, events_of, paid_for_trades, positions_of
from settlement.audit.evidence import Evidence
from settlement.audit.findings import Check, on_chain
from settlement.audit.positions import amount_due, certificates_due, fee_due

CURRENCY: Final = "CurrencyToken"
ENERGY: Final = "EnergyToken"
NOBODY: Final = "0x" + "0" * 40


def _amounts() -> defaultdict[str, int]:
    return defaultdict(int)


@dataclass(slots=True)
class Holdings:
    """What every wallet should hold, by address, and what accounts owe.

    Attributes:
        deposited: 10^-8 EUR credited and not taken back.
        currency: 10^-8 EUR.
        energy: Wh of local origin.
        minted: 10^-8 EUR credited in all.
        paid_out: 10^-8 EUR of pay-outs that were confirmed.
        burned: 10^-8 EUR that holders gave up.
        reversed: 10^-8 EUR taken back from wrong credits.
        open_payouts: 10^-8 EUR set aside for pay-outs that are not closed.
        owed: Wh of certificates that each account owes after corrections.
    """

    deposited: defaultdict[str, int] = field(default_factory=_amounts)
    currency: defaultdict[str, int] = field(default_factory=_amounts)
    energy: defaultdict[str, int] = field(default_factory=_amounts)
    minted: int = 0
    paid_out: int = 0
    burned: int = 0
    reversed: int = 0
    open_payouts: int = 0
    owed: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def backing(self) -> int:
        """10^-8 EUR that must lie in the bank, which is the supply of money."""
        return self.minted - self.paid_out - self.burned - self.reversed


def replay(evidence: Evidence, check: Check) -> Holdings:
    """Replay deposits, pay-outs, settlements with their corrections, transfers and retirements."""
    holdings = Holdings()
    _replay_money(evidence, holdings)
    for retired in evidence.log.of(Retired):
        holdings.energy[retired.holder] -= retired.amount
    for start in evidence.calendar:
        _replay_settlement(evidence, check, holdings, start)
    _replay_debts(evidence, holdings)
    _replay_transfers(evidence, holdings)
    return holdings


def _replay_money(evidence: Evidence, holdings: Holdings) -> None:
    """Replay what makes and ends money; what only moves it is among the transfers."""
    log = evidence.log
    for minted in log.of(Minted):
        holdings.minted += minted.amount
        holdings.deposited[minted.to] += minted.amount
        holdings.currency[minted.to] += minted.amount
    for taken in log.of(MintReversed):
        holdings.reversed += taken.amount
        holdings.deposited[taken.holder] -= taken.amount
        holdings.currency[taken.holder] -= taken.amount
    for burned in log.of(Burned):
        holdings.burned += burned.amount
        holdings.currency[burned.holder] -= burned.amount
    for paid in log.of(PayoutPaid):
        holdings.paid_out += paid.amount
        holdings.currency[evidence.manifest.chain.currency] -= paid.amount
    requested = sum(one.amount for one in log.of(PayoutRequested))
    returned = sum(one.amount for one in log.of(PayoutRejected))
    expired = sum(one.amount for one in log.of(PayoutExpired))
    holdings.open_payouts = requested - holdings.paid_out - returned - expired


def _replay_settlement(evidence: Evidence, check: Check, holdings: Holdings, start: int) -> None:
    former: VersionEvent | None = None
    for event in events_of(evidence, start):
        if former is not None:
            _add(evidence, check, holdings, former, at=event, sign=-1)
        _add(evidence, check, holdings, event, at=event, sign=1)
        former = event


def _add(
    evidence: Evidence,
    check: Check,
    holdings: Holdings,
    event: VersionEvent,
    *,
    at: ContractEvent,
    sign: int,
) -> None:
    """Add what a settlement came to, to the wallets of the place of ``at``, or take it back."""
    start = event.interval.start
    positions = positions_of(evidence, event)
    if positions is None or start not in evidence.tariffs:
        check.fail(on_chain(start), "positions to replay", "those of the positions hash", None)
        return
    paid = paid_for_trades(evidence, start, positions)
    if paid is None:
        check.fail(on_chain(start), "payments to replay", "those of the allocation hash", None)
        return
    tariff, fee = evidence.tariffs[start], evidence.fee(start)
    for position in positions:
        wallet = _wallet_at(evidence, position.account, at)
        due = amount_due(position, paid.get(position.account, 0), tariff, fee)
        holdings.currency[wallet] -= sign * due
        holdings.energy[wallet] += sign * certificates_due(position)
    _receive(evidence, holdings, event, positions, at=at, sign=sign)


def _receive(
    evidence: Evidence,
    holdings: Holdings,
    event: VersionEvent,
    positions: list[Position],
    *,
    at: ContractEvent,
    sign: int,
) -> None:
    grid = _wallet_at(evidence, evidence.manifest.grid_account, at)
    holdings.currency[grid] += sign * event.grid_payment
    fee = evidence.fee(event.interval.start)
    received = fee_due(positions, fee)
    if received:
        holdings.currency[_wallet_at(evidence, fee.account, at)] += sign * received


def _replay_debts(evidence: Evidence, holdings: Holdings) -> None:
    """Replay certificates that could not be taken back, and those that were kept for them."""
    for owed in evidence.log.of(CertificatesOwed):
        holdings.owed[owed.account] += owed.amount
        holdings.energy[_wallet_at(evidence, owed.account, owed)] += owed.amount
    for kept in evidence.log.of(CertificatesWithheld):
        holdings.owed[kept.account] -= kept.amount
        holdings.energy[_wallet_at(evidence, kept.account, kept)] -= kept.amount


def _replay_transfers(evidence: Evidence, holdings: Holdings) -> None:
    """Replay what holders gave one another, or set aside; settlements are told by their events."""
    settling = {
        event.transaction_hash
        for start in evidence.calendar
        for event in events_of(evidence, start)
    }
    for moved in evidence.log.of(Transfer):
        if moved.transaction_hash in settling or NOBODY in (moved.from_, moved.to):
            continue
        balances = holdings.currency if moved.contract == CURRENCY else holdings.energy
        balances[moved.from_] -= moved.value
        balances[moved.to] += moved.value


def _wallet_at(evidence: Evidence, account: int, event: ContractEvent) -> str:
    """Return an account's wallet at an event's place on the chain."""
    member = evidence.registry.members.get(account)
    place = (event.block_number, event.log_index)
    return (member.wallets_by_place.at(place) if member else None) or NOBODY
