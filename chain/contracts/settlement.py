"""Settlement: traded energy against metered energy, checked and paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from chain.abi import contract_abi
from chain.calls import Call
from chain.contracts.client import PausableClient
from domain.allocation import AllocationRow, pack_allocation
from domain.errors import InvalidValueError
from domain.fee import NO_FEE, Fee
from domain.interval import Interval
from domain.position import Position, pack_positions, unpack_positions
from domain.units import Account, MillicentPerKilowattHour, Money

_STATEMENTS: Final[Mapping[str, Callable[[tuple[Any, ...]], Sequence[tuple[Any, ...]]]]] = {
    "settle": lambda arguments: [arguments],
    "settleAllocated": lambda arguments: [arguments],
    "settleSeveral": lambda arguments: arguments[0],
    "correct": lambda arguments: [arguments[0]],
}
"""What each function's arguments state, each beginning with interval, price hash and positions."""


@dataclass(frozen=True, slots=True)
class SettlementRecord:
    """A settled interval, as it holds now.

    Attributes:
        price_hash: the price that it was settled at, 32 bytes.
        positions_hash: Keccak-256 of the packed positions, 32 bytes.
        participants: number of positions.
        grid_payment: 10^-8 EUR that the grid received; negative where it paid.
        fee: 10^-8 EUR that the fee's account received.
        corrections: how often the settlement was replaced.
    """

    price_hash: bytes
    positions_hash: bytes
    participants: int
    grid_payment: Money
    fee: Money
    corrections: int


@dataclass(frozen=True, slots=True)
class SettlementStatement:
    """What one interval comes to.

    Attributes:
        interval: which interval.
        price_hash: of the recorded price, 32 bytes.
        positions: of every account but the grid's, ascending.
        allocation: what each account trades and pays, as the market recorded it; empty where
            everybody trades at the recorded price, or nobody trades.
        grid_payment: 10^-8 EUR that the grid receives.
    """

    interval: Interval
    price_hash: bytes
    positions: Sequence[Position]
    allocation: Sequence[AllocationRow]
    grid_payment: Money


class SettlementClient(PausableClient):
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

    def settle_several(self, statements: Sequence[SettlementStatement]) -> Call:
        """Settle intervals of one community together; tokens move once. Only the operator.

        Args:
            statements: one an interval; each is held to the rules for a single one.
        """
        return self._call("settleSeveral", [_members(statement) for statement in statements])

    def correct(self, statement: SettlementStatement, former: Sequence[Position]) -> Call:
        """Replace a settlement, and move the differences. Only the operator, for 90 days.

        Args:
            statement: what the interval comes to now.
            former: the positions that hold.
        """
        return self._call("correct", _members(statement), pack_positions(former))

    def set_fee(self, community: int, account: int, rate: int, valid_from: int) -> Call:
        """Announce what buyers pay beside the price. Only the admin.

        Args:
            community: number of the community.
            account: who receives it, registered; any where the rate is 0.
            rate: millicent per kWh bought locally, at most ``max_fee``.
            valid_from: UTC second; intervals that start then or later pay it.
        """
        return self._call("setFee", community, account, rate, valid_from)

    def fee_at(self, community: int, start: int) -> Fee:
        """Return the fee of a community's interval by its start; ``NO_FEE`` where there is none."""
        account, rate = self._read("feeAt", community, start)
        if rate == 0:
            return NO_FEE
        return Fee(Account(account), MillicentPerKilowattHour(rate))

    def certificate_debt(self, account: int) -> int:
        """Return Wh of certificates that an account owes after corrections."""
        return int(self._read_one("certificateDebt", account))

    def certificate_debts(self) -> int:
        """Return Wh of certificates that all accounts owe after corrections."""
        return int(self._read_one("certificateDebts"))

    def record(self, interval: Interval) -> SettlementRecord | None:
        """Return an interval's settlement, or None where it is not settled."""
        price_hash, positions_hash, participants, grid_payment, fee, corrections = self._read(
            "record", interval.packed
        )
        if not any(price_hash):
            return None
        return SettlementRecord(
            price_hash, positions_hash, participants, Money(grid_payment), Money(fee), corrections
        )

    def operator_role(self) -> bytes:
        """Return the role that settles."""
        return bytes(self._read_one("OPERATOR_ROLE"))

    def max_fee(self) -> int:
        """Return the largest fee, millicent per kWh."""
        return int(self._read_one("MAX_FEE"))

    def fee_notice_seconds(self) -> int:
        """Return the seconds between a fee's announcement and the first gate that it affects."""
        return int(self._read_one("FEE_NOTICE_SECONDS"))

    def correction_seconds(self) -> int:
        """Return the seconds from an interval's end within which it can be corrected."""
        return int(self._read_one("CORRECTION_SECONDS"))


def stated_positions(call: Call) -> dict[Interval, list[Position]]:
    """Return the positions that a call settles intervals to, or corrects them to.

    Raises:
        InvalidValueError: where it does neither.
    """
    functions = contract_abi(SettlementClient.contract).functions
    for function, statements in _STATEMENTS.items():
        if call.data.startswith(functions[function].selector):
            arguments = functions[function].arguments(call.data)
            return {
                Interval.unpack(interval): unpack_positions(packed)
                for interval, _, packed, *_ in statements(arguments)
            }
    raise InvalidValueError("call", "one that settles or corrects", call.label)


def _members(statement: SettlementStatement) -> tuple[int, bytes, bytes, bytes, int]:
    return (
        statement.interval.packed,
        statement.price_hash,
        pack_positions(statement.positions),
        pack_allocation(statement.allocation),
        statement.grid_payment,
    )
