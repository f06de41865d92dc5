"""Token balances, replayed from deposits, settlements, transfers and retirements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from chain.events import IntervalSettled, Minted, Retired, Transfer
from domain.errors import InvalidValueError
from domain.position import Position, pack_positions
from domain.trade import NO_ALLOCATION
from identity.hashing import keccak256
from settlement.audit.allocation import Share, allocation_hash, paid_by_account
from settlement.audit.checks.prices import recorded_allocation, recorded_price
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, Place, on_chain
from settlement.audit.positions import amount_due, certificates_due

_CURRENCY: Final = "CurrencyToken"
_ENERGY: Final = "EnergyToken"
_NOBODY: Final = "0x" + "0" * 40


@dataclass(slots=True)
class Holdings:
    """What every wallet should hold, by address.

    Attributes:
        deposited: 10^-8 EUR minted.
        currency: 10^-8 EUR.
        energy: Wh of local origin.
    """

    deposited: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    currency: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    energy: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))


def check_balances(evidence: Evidence) -> None:
    """Replay both tokens and compare every balance and both supplies."""
    check = evidence.ledger.check("balances", "replayed == published == stored")
    supplies = evidence.ledger.check("supplies", "issued and kept == total supply")
    holdings = _replay(evidence, check)
    _check_published(evidence, check, holdings)
    _check_stored(evidence, check, holdings)
    _check_supplies(evidence, supplies, holdings)


def _replay(evidence: Evidence, check: Check) -> Holdings:
    holdings = Holdings()
    for minted in evidence.log.of(Minted):
        holdings.deposited[minted.to] += minted.amount
        holdings.currency[minted.to] += minted.amount
    for retired in evidence.log.of(Retired):
        holdings.energy[retired.holder] -= retired.amount
    for settled in evidence.log.of(IntervalSettled):
        _replay_settlement(evidence, check, holdings, settled)
    _replay_transfers(evidence, holdings)
    return holdings


def _replay_settlement(
    evidence: Evidence,
    check: Check,
    holdings: Holdings,
    settled: IntervalSettled,
) -> None:
    start = settled.interval.start
    wallets = _wallets_then(evidence, settled)
    positions = _settled_positions(evidence, settled)
    tariff = evidence.tariffs.get(start)
    if positions is None or tariff is None:
        check.fail(on_chain(start), "positions to replay", "those of the positions hash", None)
        return
    paid = _paid(evidence, start, positions)
    if paid is None:
        check.fail(on_chain(start), "payments to replay", "those of the allocation hash", None)
        return
    for position in positions:
        wallet = wallets.get(position.account, _NOBODY)
        holdings.currency[wallet] -= amount_due(position, paid.get(position.account, 0), tariff)
        holdings.energy[wallet] += certificates_due(position)
    grid = wallets.get(evidence.manifest.grid_account, _NOBODY)
    holdings.currency[grid] += settled.grid_payment


def _paid(evidence: Evidence, start: int, positions: list[Position]) -> Mapping[int, int] | None:
    """Return what each account paid for its trades: at the recorded price, or as allocated.

    An allocation is the recomputed one or the one that follows from the published settlement,
    whichever has the recorded hash.
    """
    recorded = recorded_allocation(evidence, start)
    if recorded == NO_ALLOCATION:
        price = recorded_price(evidence, start)
        return {one.account: price * (one.bought - one.sold) for one in positions}
    for shares in (evidence.shares(start), _published_shares(evidence, start)):
        if _hash(shares) == recorded:
            return paid_by_account(shares)
    return None


def _published_shares(evidence: Evidence, start: int) -> list[Share]:
    tariff = evidence.tariffs[start]
    entries = [
        entry
        for line in evidence.published.settlements
        if line.interval.start == start
        for entry in line.entries
        if entry.position.bought or entry.position.sold
    ]
    return [
        Share(
            account=entry.position.account,
            bought=entry.position.bought,
            sold=entry.position.sold,
            paid=entry.payment - amount_due(entry.position, 0, tariff),
        )
        for entry in entries
    ]


def _hash(shares: list[Share]) -> bytes | None:
    try:
        return allocation_hash(shares)
    except InvalidValueError:
        return None


def _wallets_then(evidence: Evidence, settled: IntervalSettled) -> dict[int, str]:
    """Return whose wallets a settlement moved tokens of: those of its place on the chain."""
    place = (settled.block_number, settled.log_index)
    return {
        account: member.wallets_by_place.at(place) or _NOBODY
        for account, member in evidence.registry.members.items()
    }


def _settled_positions(evidence: Evidence, settled: IntervalSettled) -> list[Position] | None:
    """Return the positions that were settled: published or recomputed, whichever has the hash."""
    start = settled.interval.start
    candidates = [
        [entry.position for entry in line.entries]
        for line in evidence.published.settlements
        if line.interval.start == start
    ]
    candidates.append(evidence.positions.get(start) or [])
    for positions in candidates:
        if keccak256(pack_positions(positions)) == settled.positions_hash:
            return positions
    return None


def _replay_transfers(evidence: Evidence, holdings: Holdings) -> None:
    """Replay what holders gave one another; the other transfers are told by their own events."""
    settling = {settled.transaction_hash for settled in evidence.log.of(IntervalSettled)}
    for moved in evidence.log.of(Transfer):
        if moved.transaction_hash in settling or _NOBODY in (moved.from_, moved.to):
            continue
        balances = holdings.currency if moved.contract == _CURRENCY else holdings.energy
        balances[moved.from_] -= moved.value
        balances[moved.to] += moved.value


def _check_published(evidence: Evidence, check: Check, holdings: Holdings) -> None:
    members = evidence.registry.members
    published = set()
    for line in evidence.published.balances:
        published.add(line.account)
        title = f"account {line.account}"
        member = members.get(line.account)
        if member is None:
            check.fail(line.place, title, "a registered account", "none such")
            continue
        wallet = member.wallet
        check.expect(line.place, f"wallet of {title}", wallet, line.wallet)
        check.expect(line.place, f"deposits of {title}", holdings.deposited[wallet], line.deposited)
        check.expect(line.place, f"currency of {title}", holdings.currency[wallet], line.currency)
        check.expect(line.place, f"energy of {title}", holdings.energy[wallet], line.energy)
    for account in sorted(members.keys() - published):
        check.fail(Place("balances.jsonl"), f"account {account}", "a line", None)


def _check_stored(evidence: Evidence, check: Check, holdings: Holdings) -> None:
    accounts = {
        wallet: account
        for account, member in evidence.registry.members.items()
        for wallet in member.all_wallets
    }
    wallets = accounts.keys() | holdings.currency.keys() | holdings.energy.keys()
    contracts = evidence.contracts
    for wallet in sorted(wallets):
        account = accounts.get(wallet)
        title = wallet if account is None else f"account {account}"
        if account is None:
            check.fail(on_chain(), f"wallet {wallet}", "a registered wallet", "a stranger's")
        for name, client, balances in (
            ("currency", contracts.currency, holdings.currency),
            ("energy", contracts.energy, holdings.energy),
        ):
            stored = ask(
                check,
                on_chain(),
                name,
                client.balance_of,
                wallet,
            )
            check.expect(on_chain(), f"stored {name} of {title}", balances[wallet], stored)


def _check_supplies(evidence: Evidence, check: Check, holdings: Holdings) -> None:
    contracts = evidence.contracts
    for contract, client, expected in (
        (_CURRENCY, contracts.currency, sum(holdings.deposited.values())),
        (_ENERGY, contracts.energy, sum(holdings.energy.values())),
    ):
        supply = ask(check, on_chain(), f"supply of {contract}", client.total_supply)
        check.expect(on_chain(), f"supply of {contract}", expected, supply)
        made = sum(
            (moved.from_ == _NOBODY) * moved.value - (moved.to == _NOBODY) * moved.value
            for moved in evidence.log.of(Transfer)
            if moved.contract == contract
        )
        check.expect(on_chain(), f"{contract} made less used up, by its transfers", expected, made)
