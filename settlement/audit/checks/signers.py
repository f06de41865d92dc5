"""Who might sign for an account at a second: its wallets of then, and their agents."""

from __future__ import annotations

from typing import Final

from domain.order import Order
from settlement.audit.evidence import Evidence
from settlement.audit.registry import Member

NOTICE: Final = 60
"""Seconds after a wallet's exchange, or the end of a mandate, in which the operator may not have
noticed it yet."""


def expected_signer(evidence: Evidence, member: Member, order: Order, got: str, time: int) -> str:
    """Return who should have signed for an order: the signer, if it might, or else the wallet.

    Args:
        evidence: tells of mandates.
        member: the order's account.
        order: what the signature is about.
        got: address of the signer.
        time: UTC second at which the operator had it.
    """
    wallets = _wallets_then(member, time)
    return got if got in wallets or _is_agent(evidence, order, got, time) else wallets[-1]


def _is_agent(evidence: Evidence, order: Order, agent: str, time: int) -> bool:
    seconds = range(time - NOTICE, time + 1)
    return any(evidence.mandates.permits(order, agent, second) for second in seconds)


def _wallets_then(member: Member, time: int) -> list[str]:
    """Return the wallets that something of that second may be signed by, the one of then last.

    What came before its account was registered is judged by the first wallet; whether the account
    might trade is another check.
    """
    return member.wallets.between(time - NOTICE, time) or member.all_wallets[:1]
