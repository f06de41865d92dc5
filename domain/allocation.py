"""What each account trades in one interval, and its 24 bytes on chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from domain.units import MAX_ACCOUNT, MAX_QUANTITY, Account, Money, WattHours, require_range

PACKED_ROW_BYTES: Final = 24
_PAYMENT_BYTES: Final = 12
_PAYMENT_LIMIT: Final = 2 ** (8 * _PAYMENT_BYTES - 1)


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """Everything that one account trades in one interval.

    Attributes:
        account: who trades.
        bought: Wh.
        sold: Wh.
        payment: 10^-8 EUR, positive where the account pays.
    """

    account: Account
    bought: WattHours
    sold: WattHours
    payment: Money

    def __post_init__(self) -> None:
        require_range("account", self.account, 1, MAX_ACCOUNT)
        require_range("bought", self.bought, 0, MAX_QUANTITY)
        require_range("sold", self.sold, 0, MAX_QUANTITY)
        require_range("payment", self.payment, -_PAYMENT_LIMIT, _PAYMENT_LIMIT - 1)

    def pack(self) -> bytes:
        """Return 24 big-endian bytes: account (32 bits), bought (32), sold (32), payment (96)."""
        numbers = (self.account, self.bought, self.sold)
        energy = b"".join(number.to_bytes(4, "big") for number in numbers)
        return energy + self.payment.to_bytes(_PAYMENT_BYTES, "big", signed=True)


class Traded(Protocol):
    """Something that an account trades: a fill, for example."""

    @property
    def account(self) -> Account:
        """Who trades."""
        ...

    @property
    def bought(self) -> WattHours:
        """Wh."""
        ...

    @property
    def sold(self) -> WattHours:
        """Wh."""
        ...

    @property
    def payment(self) -> Money:
        """10^-8 EUR, positive where the account pays."""
        ...


def allocate(trades: Iterable[Traded]) -> list[AllocationRow]:
    """Add up to one row an account, accounts ascending.

    Args:
        trades: everything that is traded in one interval.

    Raises:
        InvalidValueError: where an account's energy leaves its 32 bits.
    """
    of_account: dict[Account, list[Traded]] = {}
    for one in trades:
        of_account.setdefault(one.account, []).append(one)
    return [_row(account, of_account[account]) for account in sorted(of_account)]


def pack_allocation(rows: Iterable[AllocationRow]) -> bytes:
    """Concatenate rows, 24 bytes each."""
    return b"".join(row.pack() for row in rows)


def _row(account: Account, trades: list[Traded]) -> AllocationRow:
    return AllocationRow(
        account=account,
        bought=WattHours(sum(one.bought for one in trades)),
        sold=WattHours(sum(one.sold for one in trades)),
        payment=Money(sum(one.payment for one in trades)),
    )
