"""Reading one's balances."""

from __future__ import annotations

from fastapi import APIRouter

from wallet_api.balances.schemas import BalancesOut
from wallet_api.dependencies import StateDep, SubjectDep
from wallet_api.problems.catalogue import SIGN_IN_REQUIRED
from wallet_api.problems.responses import declared

router = APIRouter(prefix="/balances", tags=["Balances"])


@router.get("", summary="Your balances", responses=declared(SIGN_IN_REQUIRED))
def show_balances(state: StateDep, subject: SubjectDep) -> BalancesOut:
    """Return what your wallet holds on chain now, and what is left of it for further bids."""
    services = state.services
    currency = services.currency.balance_of(subject.wallet)
    funds = services.funds.available(subject.account)
    reserved = services.market.reserved(subject.account)
    return BalancesOut(
        account=subject.account,
        wallet=subject.wallet,
        currency=currency,
        owed=max(0, currency - funds),
        reserved=reserved,
        available=max(0, funds - reserved),
        energy_wh=services.energy.balance_of(subject.wallet),
    )
