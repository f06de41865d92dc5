"""Settlement: traded energy against metered energy, checked and paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import AccessControlledClient
from domain.allocation import AllocationRow, pack_allocation
from domain.interval import Interval
from domain.position import Position, pack_positions
from domain.units import Money


@dataclass(frozen=True, slots=True)
class SettlementRecord:
    """A settled interval.

    Attributes:
        price_hash: the price that it was settled at, 32 bytes.
        positions_hash: Keccak-256 of the packed positions, 32 bytes.
        participants: number of positions.
        grid_payment: 10^-8 EUR that the grid received; negative where it paid.
    """

    price_hash: bytes
    positions_hash: bytes
    participants: int
    grid_payment: Money


class SettlementClient(AccessControlledClient):
    """The settlement contract."""

    contract: ClassVar[str] = "Settlement"

    def settle(
        self,
        interval: Interval,
        price_hash: bytes,
        positions: Sequence[Position],
        grid_payment: int,
    ) -> Call:
        """Settle an interval: check the positions and move the tokens. Only the operator, once.

        Only where everybody trades at the recorded price, or nobody trades.

        Args:
            interval: which interval.
            price_hash: of the recorded price, 32 bytes.
            positions: of every account but the grid's, ascending.
            grid_payment: 10^-8 EUR that the grid receives.
        """
        packed = pack_positions(positions)
        return self._call("settle", interval.packed, price_hash, packed, grid_payment)

    def settle_allocated(
        self,
        interval: Interval,
        price_hash: bytes,
        positions: Sequence[Position],
        allocation: Sequence[AllocationRow],
        grid_payment: int,
    ) -> Call:
        """Settle an interval whose allocation the market recorded. Only the operator, once.

        Args:
            interval: which interval.
            price_hash: of the recorded price, 32 bytes.
            positions: of every account but the grid's, ascending.
            allocation: what each account trades and pays, as the market recorded it.
            grid_payment: 10^-8 EUR that the grid receives.
        """
        return self._call(
            "settleAllocated",
            interval.packed,
            price_hash,
            pack_positions(positions),
            pack_allocation(allocation),
            grid_payment,
        )

    def record(self, interval: Interval) -> SettlementRecord | None:
        """Return an interval's settlement, or None where it is not settled."""
        price_hash, positions_hash, participants, grid_payment = self._read(
            "record", interval.packed
        )
        if not any(price_hash):
            return None
        return SettlementRecord(price_hash, positions_hash, participants, Money(grid_payment))

    def operator_role(self) -> bytes:
        """Return the role that settles."""
        return bytes(self._read_one("OPERATOR_ROLE"))
