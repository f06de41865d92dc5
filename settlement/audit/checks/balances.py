"""Token balances, replayed from deposits, pay-outs, settlements, transfers and retirements."""

from __future__ import annotations

from chain.events import Transfer
from settlement.audit.checks.holdings import CURRENCY, ENERGY, NOBODY, Holdings, replay
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, Place, on_chain


def check_balances(evidence: Evidence) -> None:
    """Replay both tokens and compare every balance and both supplies."""
    check = evidence.ledger.check("balances", "replayed == published == stored")
    supplies = evidence.ledger.check("supplies", "issued and kept == total supply")
    holdings = replay(evidence, check)
    _check_published(evidence, check, holdings)
    _check_stored(evidence, check, holdings)
    _check_supplies(evidence, supplies, holdings)
    _check_ledger(evidence, supplies, holdings)
    _check_debts(evidence, supplies, holdings)


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
    set_aside = evidence.manifest.chain.currency
    for wallet in sorted(wallets):
        account = accounts.get(wallet)
        title = wallet if account is None else f"account {account}"
        if account is None and wallet != set_aside:
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
        (CURRENCY, contracts.currency, holdings.backing),
        (ENERGY, contracts.energy, sum(holdings.energy.values())),
    ):
        supply = ask(check, on_chain(), f"supply of {contract}", client.total_supply)
        check.expect(on_chain(), f"supply of {contract}", expected, supply)
        made = sum(
            (moved.from_ == NOBODY) * moved.value - (moved.to == NOBODY) * moved.value
            for moved in evidence.log.of(Transfer)
            if moved.contract == contract
        )
        check.expect(on_chain(), f"{contract} made less used up, by its transfers", expected, made)


def _check_ledger(evidence: Evidence, check: Check, holdings: Holdings) -> None:
    """Compare the token's own books, and what it holds for pay-outs."""
    currency = evidence.contracts.currency
    ledger = ask(check, on_chain(), "ledger", currency.ledger)
    if ledger is not None:
        for name in ("minted", "paid_out", "burned", "reversed"):
            item = f"{name.replace('_', ' ')} in the ledger"
            check.expect(on_chain(), item, getattr(holdings, name), getattr(ledger, name))
    held = holdings.currency[evidence.manifest.chain.currency]
    check.expect(on_chain(), "set aside for open pay-outs", holdings.open_payouts, held)


def _check_debts(evidence: Evidence, check: Check, holdings: Holdings) -> None:
    """Compare what accounts owe of certificates after corrections."""
    settlement = evidence.contracts.settlement
    for account, owed in sorted(holdings.owed.items()):
        stored = ask(check, on_chain(), "certificate debt", settlement.certificate_debt, account)
        check.expect(on_chain(), f"certificates owed by account {account}", owed, stored)
    total = ask(check, on_chain(), "certificate debts", settlement.certificate_debts)
    check.expect(on_chain(), "certificates owed in all", sum(holdings.owed.values()), total)
