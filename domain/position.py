"""A participant's settled position in one interval, and its 24 bytes on chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.errors import InvalidValueError
from domain.units import MAX_ACCOUNT, MAX_QUANTITY, Account, WattHours, require_range

PACKED_POSITION_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Position:
    """Traded and metered energy of one account in one interval.

    Attributes:
        account: whose position it is.
        bought: Wh bought in the local market.
        sold: Wh sold in the local market.
        imported: Wh that its meters took from the grid.
        exported: Wh that its meters fed into the grid.
        certificates: Wh of local origin that it receives for what it bought, at most ``bought``.
    """

    account: Account
    bought: WattHours
    sold: WattHours
    imported: WattHours
    exported: WattHours
    certificates: WattHours

    def __post_init__(self) -> None:
        require_range("account", self.account, 1, MAX_ACCOUNT)
        for field in ("bought", "sold", "imported", "exported"):
            require_range(field, getattr(self, field), 0, MAX_QUANTITY)
        require_range("certificates", self.certificates, 0, self.bought)

    @property
    def residual(self) -> int:
        """Wh to exchange with the grid: positive is taken from it, negative is fed into it."""
        return (self.imported - self.exported) - (self.bought - self.sold)

    @property
    def delivered(self) -> WattHours:
        """Wh of what it sold that its meters really exported."""
        return WattHours(min(self.sold, self.exported))

    def pack(self) -> bytes:
        """Return six big-endian 32-bit numbers in the order of the attributes."""
        numbers = (
            self.account,
            self.bought,
            self.sold,
            self.imported,
            self.exported,
            self.certificates,
        )
        return b"".join(number.to_bytes(4, "big") for number in numbers)


def unpack_positions(packed: bytes) -> list[Position]:
    """Read packed positions back.

    Raises:
        InvalidValueError: where they are not 24 bytes each, or hold what a position cannot.
    """
    if len(packed) % PACKED_POSITION_BYTES:
        expected = f"{PACKED_POSITION_BYTES} bytes each"
        raise InvalidValueError("packed positions", expected, f"{len(packed)} bytes")
    return [
        _unpack(packed[at : at + PACKED_POSITION_BYTES])
        for at in range(0, len(packed), PACKED_POSITION_BYTES)
    ]


def pack_positions(positions: Iterable[Position]) -> bytes:
    """Concatenate positions, 24 bytes each."""
    return b"".join(position.pack() for position in positions)


def _unpack(packed: bytes) -> Position:
    account, *energies = (int.from_bytes(packed[at : at + 4], "big") for at in range(0, 24, 4))
    return Position(Account(account), *map(WattHours, energies))
