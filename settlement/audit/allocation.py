"""What each account trades and pays, as the chain records it where no single price tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.allocation import AllocationRow, pack_allocation
from domain.units import Account, Money, WattHours
from identity.hashing import keccak256


@dataclass(frozen=True, slots=True)
class Share:
    """One order's part, or one fill's.

    Attributes:
        account: whose.
        bought: Wh.
        sold: Wh.
        paid: 10^-8 EUR, negative where received.
    """

    account: int
    bought: int
    sold: int
    paid: int


def allocation_hash(shares: Iterable[Share]) -> bytes:
    """Return the hash of the rows of all accounts that trade, accounts ascending.

    Raises:
        InvalidValueError: where an account's numbers leave their range.
    """
    energy: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for share in shares:
        for at, number in enumerate((share.bought, share.sold, share.paid)):
            energy[share.account][at] += number
    rows = [_row(account, *energy[account]) for account in sorted(energy)]
    return keccak256(pack_allocation(rows))


def paid_by_account(shares: Iterable[Share]) -> Mapping[int, int]:
    """Return 10^-8 EUR that each account pays for what it trades."""
    paid: defaultdict[int, int] = defaultdict(int)
    for share in shares:
        paid[share.account] += share.paid
    return paid


def _row(account: int, bought: int, sold: int, paid: int) -> AllocationRow:
    return AllocationRow(Account(account), WattHours(bought), WattHours(sold), Money(paid))
