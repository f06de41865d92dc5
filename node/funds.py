"""What participants can still pay for."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping

from chain.contracts.tokens import CurrencyClient
from domain.fee import NO_FEE, Fee
from domain.interval import Interval
from domain.trade import Fill
from domain.units import Account, Money
from market.ports import Members


class WalletFunds:
    """A wallet's currency less what settlements and their corrections will still take from it."""

    def __init__(self, members: Members, currency: CurrencyClient) -> None:
        self._members = members
        self._currency = currency
        self._owed: dict[Interval, Mapping[Account, int]] = {}
        self._due: dict[Interval, Mapping[Account, int]] = {}
        self._revision = 0
        self._lock = threading.Lock()

    def revision(self) -> int:
        """Return another number than before where more was held back since."""
        with self._lock:
            return self._revision

    def available(self, account: Account) -> Money:
        """Return what an account can pay for bids that are not cleared yet, in 10^-8 EUR.

        An account that the registry does not know has nothing.
        """
        wallet = self._wallet(account)
        if wallet is None:
            return Money(0)
        # Read in this sequence, a settlement in between is counted twice and never not at all.
        with self._lock:
            held = (*self._owed.values(), *self._due.values())
            owed = sum(amounts.get(account, 0) for amounts in held)
        return Money(self._currency.balance_of(wallet) - owed)

    def note_cleared(self, interval: Interval, fills: Iterable[Fill], fee: Fee = NO_FEE) -> None:
        """Hold back what an interval's buyers owe until it is settled.

        What its sellers will receive is not counted before they have it.

        Args:
            interval: which interval.
            fills: everything that traded in it.
            fee: what its buyers pay beside.
        """
        owed: dict[Account, int] = defaultdict(int)
        for fill in fills:
            owed[fill.account] += max(fill.payment + fee.on(fill.bought), 0)
        with self._lock:
            self._owed[interval] = dict(owed)
            self._revision += 1

    def note_settled(self, interval: Interval) -> None:
        """Stop holding back: the wallets' balances show it now."""
        with self._lock:
            self._owed.pop(interval, None)

    def note_due(self, interval: Interval, due: Mapping[Account, Money]) -> None:
        """Hold back what a settled interval's correction will take, until it is corrected.

        Args:
            interval: which interval.
            due: 10^-8 EUR that accounts pay by it; what they receive counts once they have it.
        """
        with self._lock:
            self._due[interval] = {account: max(amount, 0) for account, amount in due.items()}
            self._revision += 1

    def note_corrected(self, interval: Interval) -> None:
        """Stop holding back: the wallets' balances show the correction, or it will never be."""
        with self._lock:
            self._due.pop(interval, None)

    def _wallet(self, account: Account) -> str | None:
        member = self._members.participant(account)
        return None if member is None else member.wallet
