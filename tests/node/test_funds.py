from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from chain.contracts.tokens import CurrencyClient
from domain.fee import Fee
from domain.interval import Interval
from domain.trade import Fill
from domain.units import Account, MillicentPerKilowattHour, Money, WattHours
from node.funds import WalletFunds

INTERVAL = Interval(1, 900)


@dataclass
class _Participant:
    wallet: str
    active: bool = True


@dataclass
class _Registry:
    wallets: dict[int, str] = field(default_factory=dict)

    def participant(self, account: int) -> _Participant | None:
        wallet = self.wallets.get(account, f"wallet {account}")
        return _Participant(wallet) if account < 10 else None


class _Currency:
    def balance_of(self, wallet: str) -> int:
        return {"wallet 1": 1000, "wallet 2": 50}[wallet]


@pytest.fixture
def funds() -> WalletFunds:
    return WalletFunds(_Registry(), cast("CurrencyClient", _Currency()))


def fill(account: int, payment: int) -> Fill:
    return Fill(bytes(32), Account(account), WattHours(1), WattHours(0), Money(payment))


def test_a_purchase_is_held_back_until_it_is_settled(funds: WalletFunds) -> None:
    funds.note_cleared(INTERVAL, [fill(1, 300), fill(1, 100)])
    assert funds.available(Account(1)) == 600
    assert funds.available(Account(2)) == 50
    funds.note_settled(INTERVAL)
    assert funds.available(Account(1)) == 1000


def test_what_a_seller_will_receive_cannot_be_spent_yet(funds: WalletFunds) -> None:
    funds.note_cleared(INTERVAL, [fill(2, -400)])
    assert funds.available(Account(2)) == 50


def test_a_fee_is_held_back_with_what_it_is_paid_on(funds: WalletFunds) -> None:
    fee = Fee(Account(3), MillicentPerKilowattHour(7))
    funds.note_cleared(INTERVAL, [fill(1, 300), fill(2, -5), fill(2, -9)], fee)
    assert funds.available(Account(1)) == 1000 - 307
    assert funds.available(Account(2)) == 50 - 2


def test_a_correction_is_held_back_until_it_is_made(funds: WalletFunds) -> None:
    funds.note_due(INTERVAL, {Account(1): Money(40), Account(2): Money(-40)})
    funds.note_cleared(INTERVAL, [fill(1, 300)])
    assert funds.available(Account(1)) == 660
    assert funds.available(Account(2)) == 50
    funds.note_settled(INTERVAL)
    assert funds.available(Account(1)) == 960
    funds.note_due(INTERVAL, {Account(1): Money(30)})
    assert funds.available(Account(1)) == 970
    funds.note_corrected(INTERVAL)
    assert funds.available(Account(1)) == 1000


def test_a_stranger_has_nothing(funds: WalletFunds) -> None:
    assert funds.available(Account(11)) == 0


def test_an_exchanged_wallet_has_what_it_holds_itself() -> None:
    registry = _Registry()
    funds = WalletFunds(registry, cast("CurrencyClient", _Currency()))
    assert funds.available(Account(1)) == 1000
    registry.wallets[1] = "wallet 2"
    assert funds.available(Account(1)) == 50
