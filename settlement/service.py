"""Settling intervals: computed here, checked by the contract, stored; and reading them back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from chain.calls import Call
from chain.contracts.settlement import SettlementStatement, stated_positions
from chain.errors import ContractRefusedError
from chain.outbox import Outbox
from chain.sender import Receipt
from domain.allocation import AllocationRow, allocate
from domain.errors import InvalidValueError, RefusedError
from domain.fee import Fee
from domain.interval import Interval
from domain.position import Position, pack_positions
from domain.reading import Metered
from domain.trade import Fill, PriceRecord
from domain.units import Account, Money, WattHours
from domain.units import payment as cost
from identity.hashing import keccak256
from settlement.positions import grid_payment, payment, positions
from settlement.repository import SettlementRepository
from settlement.settled import SettledInterval, SettledPosition
from settlement.statements import Statement, make_statement

STEP: Final = "settle"
"""Name of this step in the outbox, of the first of the intervals that are settled together."""

CORRECTION_STEP: Final = "correct"
"""Name of a correction in the outbox, followed by its number."""

_TOO_LATE: Final = "CorrectionTooLate"
"""How the settlement contract refuses a correction for good."""

_TO_WAIT_FOR: Final = frozenset({"DisputeWindowOpen", "DisputeOpen", "DisputeUndecided"})
"""How the disputes contract refuses for the time being."""


class AlreadySettledError(RefusedError):
    """An interval is settled, and what is asked for now would settle it to something else."""

    def __init__(self, interval: Interval, difference: str) -> None:
        super().__init__("already-settled", f"{interval} is settled with another {difference}")
        self.interval = interval


class NotSettledError(RefusedError):
    """What is not settled cannot be corrected."""

    def __init__(self, interval: Interval) -> None:
        super().__init__(
            "not-settled", f"{interval} is not settled, so there is nothing to correct"
        )
        self.interval = interval


class CorrectionTooLateError(RefusedError):
    """The time for corrections of an interval is over: its settlement stays as it is."""

    def __init__(self, interval: Interval, refusal: ContractRefusedError) -> None:
        super().__init__("correction-too-late", f"{interval} stays as it is settled: {refusal}")
        self.interval = interval


@dataclass(frozen=True, slots=True)
class TradedInterval:
    """All that an interval's settlement follows from.

    Attributes:
        record: its price, as the chain holds it.
        fills: everything that traded in it.
        metered: energy of every account with a meter in the community.
    """

    record: PriceRecord
    fills: Sequence[Fill]
    metered: Mapping[Account, Metered]

    @property
    def interval(self) -> Interval:
        """Which interval."""
        return self.record.interval


class SettlementWaitsError(RefusedError):
    """A cleared interval may still be disputed, or is, and is settled later.

    Attributes:
        interval: the interval.
        until: UTC second from which on to try again; None where that depends on answers and
            decisions.
    """

    def __init__(self, interval: Interval, refusal: ContractRefusedError) -> None:
        super().__init__("settlement-waits", f"{interval} is not settled yet: {refusal}")
        self.interval = interval
        self.until: int | None = refusal.arguments.get("until")


class Disputes(Protocol):
    """Knows which cleared intervals cannot be settled yet, and how."""

    def require_settleable(self, interval: Interval) -> bool:
        """Tell whether an interval is settled without trades; refuse where it cannot be yet."""
        ...


class SettlementContract(Protocol):
    """What the settler needs of the settlement contract."""

    def settle(
        self,
        interval: Interval,
        price_hash: bytes,
        positions: list[Position],
        grid_payment: Money,
    ) -> Call:
        """Return the call that settles an interval at its recorded price."""
        ...

    def settle_allocated(
        self,
        interval: Interval,
        price_hash: bytes,
        positions: list[Position],
        allocation: list[AllocationRow],
        grid_payment: Money,
    ) -> Call:
        """Return the call that settles an interval by its recorded allocation."""
        ...

    def settle_several(self, statements: Sequence[SettlementStatement]) -> Call:
        """Return the call that settles several intervals at once."""
        ...

    def correct(self, statement: SettlementStatement, former: Sequence[Position]) -> Call:
        """Return the call that replaces an interval's settlement."""
        ...

    def fee_at(self, community: int, start: int) -> Fee:
        """Return the fee of a community's interval by its start."""
        ...


class Settler:
    """Settles intervals on chain, each once, and remembers what they came to.

    What a step was sent with is finished first, whatever the meters say by then: a crash may have
    kept it from being stored. One thread at a time may settle or correct.
    """

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        contract: SettlementContract,
        disputes: Disputes,
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._contract = contract
        self._disputes = disputes

    def settle(
        self,
        interval: Interval,
        record: PriceRecord,
        fills: Iterable[Fill],
        metered: Mapping[Account, Metered],
    ) -> SettledInterval:
        """Settle one interval, or return what it was settled to.

        A crash between the chain and the database is made good by settling again: the outbox
        sends nothing twice. Where the interval's trades are annulled, nothing counts as traded.

        Args:
            interval: which interval.
            record: its price, as the chain holds it.
            fills: everything that traded in it.
            metered: energy of every account with a meter in the community.

        Raises:
            AlreadySettledError: where the interval was settled on other grounds.
            SettlementWaitsError: where its book may still be challenged, is, or is disputed.
            ContractRefusedError: where the contract refuses the settlement.
            InvalidValueError: where the fills do not buy what they sell, or the record is another
                interval's.
        """
        if record.interval != interval:
            raise InvalidValueError("record", f"the price of {interval}", str(record.interval))
        (settled,) = self.settle_together([TradedInterval(record, tuple(fills), metered)])
        return settled

    def settle_together(self, traded: Sequence[TradedInterval]) -> list[SettledInterval]:
        """Settle intervals of one community in one transaction, in which tokens move once.

        Those that are settled already are returned as they are. After a crash the same intervals
        must be settled together again; they come to what was sent.

        Raises:
            AlreadySettledError: where one of them was settled on other grounds.
            SettlementWaitsError: where one of them cannot be settled yet; none is then.
            ContractRefusedError: where the contract refuses one of them, and so all.
            InvalidValueError: where the fills of one do not buy what they sell.
        """
        with Session(self._engine) as session:
            repository = SettlementRepository(session)
            stored = [repository.get(one.interval) for one in traded]
        for one, known in zip(traded, stored, strict=True):
            if known is not None:
                _require_same(known, self._compute(one))
        left = [one for one, known in zip(traded, stored, strict=True) if known is None]
        delivered = iter(self._settle(left))
        return [next(delivered) if known is None else known for known in stored]

    def correct(self, traded: TradedInterval) -> SettledInterval:
        """Replace an interval's settlement by what follows from its meters now.

        Where nothing changes, what is settled is returned. A crash between the chain and the
        database is made good by correcting again: what was sent is stored first.

        Raises:
            NotSettledError: where it is not settled.
            CorrectionTooLateError: where the contract takes no correction of it any more.
            ContractRefusedError: where the contract refuses the correction for another reason.
            InvalidValueError: where the fills do not buy what they sell.
        """
        while True:
            stored = self._require_stored(traded.interval)
            step = f"{CORRECTION_STEP}-{len(stored.versions)}"
            (resting_on,) = self._as_sent(step, [traded])
            computed = self._compute(resting_on)
            if stored.positions == computed.shares:
                return stored
            corrected = self._replace(stored, step, computed)
            if resting_on is traded:
                return corrected

    def outstanding(self, traded: TradedInterval) -> dict[Account, Money]:
        """Return what accounts still pay, or receive, by a correction, in 10^-8 EUR each.

        Raises:
            NotSettledError: where it is not settled.
            InvalidValueError: where the fills do not buy what they sell.
        """
        stored = self._require_stored(traded.interval)
        due: dict[Account, int] = defaultdict(int)
        for share in self._compute(traded).shares:
            due[share.position.account] += share.payment
        for share in stored.positions:
            due[share.position.account] -= share.payment
        return {account: Money(amount) for account, amount in due.items() if amount}

    def require_due(self, interval: Interval) -> None:
        """Refuse where a cleared interval cannot be settled yet.

        Raises:
            SettlementWaitsError: where its book may still be challenged, is, or is disputed.
        """
        self._is_annulled(interval)

    def _is_annulled(self, interval: Interval) -> bool:
        try:
            return self._disputes.require_settleable(interval)
        except ContractRefusedError as refusal:
            if refusal.error not in _TO_WAIT_FOR:
                raise
            raise SettlementWaitsError(interval, refusal) from refusal

    def _require_stored(self, interval: Interval) -> SettledInterval:
        with Session(self._engine) as session:
            stored = SettlementRepository(session).get(interval)
        if stored is None:
            raise NotSettledError(interval)
        return stored

    def _as_sent(self, step: str, traded: Sequence[TradedInterval]) -> list[TradedInterval]:
        """Return what a step rests on: the meters that it was sent with, if it was."""
        first = traded[0].interval
        call = self._outbox.sent(first.community, first.start, step)
        if call is None:
            return list(traded)
        stated = stated_positions(call)
        return [
            replace(one, metered=_metered(stated[one.interval])) if one.interval in stated else one
            for one in traded
        ]

    def _replace(self, stored: SettledInterval, step: str, computed: _Computed) -> SettledInterval:
        former = [share.position for share in stored.positions]
        call = self._contract.correct(computed.statement, former)
        receipt = self._deliver_in_time(stored.record.interval, step, call)
        corrected = replace(computed.settled_by(receipt), superseded=stored.versions)
        with Session(self._engine) as session, session.begin():
            SettlementRepository(session).correct(corrected)
        return corrected

    def _settle(self, traded: Sequence[TradedInterval]) -> list[SettledInterval]:
        if not traded:
            return []
        left = [self._compute(one) for one in self._as_sent(STEP, traded)]
        receipt = self._deliver(left[0].record.interval, STEP, self._call(left))
        settled = [one.settled_by(receipt) for one in left]
        with Session(self._engine) as session, session.begin():
            for one in settled:
                SettlementRepository(session).add(one)
        return settled

    def _deliver_in_time(self, interval: Interval, step: str, call: Call) -> Receipt:
        try:
            return self._deliver(interval, step, call)
        except ContractRefusedError as refusal:
            if refusal.error != _TOO_LATE:
                raise
            raise CorrectionTooLateError(interval, refusal) from refusal

    def _deliver(self, interval: Interval, step: str, call: Call) -> Receipt:
        return self._outbox.deliver(interval.community, interval.start, step, call)

    def _call(self, left: Sequence[_Computed]) -> Call:
        if len(left) > 1:
            return self._contract.settle_several([one.statement for one in left])
        (only,) = left
        statement = only.statement
        place = (statement.interval, statement.price_hash, only.positions)
        if statement.allocation:
            return self._contract.settle_allocated(
                *place, list(statement.allocation), statement.grid_payment
            )
        return self._contract.settle(*place, statement.grid_payment)

    def _compute(self, traded: TradedInterval) -> _Computed:
        interval = traded.interval
        fee = self._contract.fee_at(interval.community, interval.start)
        allocation = [] if self._is_annulled(interval) else allocate(traded.fills)
        shares = _shares(traded.record, allocation, traded.metered, fee)
        return _Computed(traded.record, allocation, shares, fee)


@dataclass(frozen=True, slots=True)
class _Computed:
    """What an interval comes to, before the chain has it."""

    record: PriceRecord
    allocation: list[AllocationRow]
    shares: tuple[SettledPosition, ...]
    fee: Fee

    @property
    def positions(self) -> list[Position]:
        return [share.position for share in self.shares]

    @property
    def statement(self) -> SettlementStatement:
        return SettlementStatement(
            interval=self.record.interval,
            price_hash=self.record.price_hash,
            positions=self.positions,
            allocation=self.allocation if self.record.is_allocated else [],
            grid_payment=self.grid_payment,
        )

    @property
    def grid_payment(self) -> Money:
        return grid_payment(
            (share.payment for share in self.shares), (share.fee for share in self.shares)
        )

    def settled_by(self, receipt: Receipt) -> SettledInterval:
        return SettledInterval(
            record=self.record,
            positions=self.shares,
            grid_payment=self.grid_payment,
            positions_hash=keccak256(pack_positions(self.positions)),
            transaction_hash=receipt.tx_hash,
            settled_at=receipt.block_time,
            fee=self.fee,
        )


class Settlements:
    """Read access to what was settled, for wallets and publication."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def interval(self, interval: Interval) -> SettledInterval | None:
        """Return what an interval was settled to, or None where it is not settled yet."""
        with Session(self._engine) as session:
            return SettlementRepository(session).get(interval)

    def between(self, community: int, first: int, last: int) -> list[SettledInterval]:
        """Return a community's settled intervals that start in ``[first, last)``, in order."""
        with Session(self._engine) as session:
            return SettlementRepository(session).between(community, first, last)

    def starts(self, community: int) -> set[int]:
        """Return the starts of a community's settled intervals."""
        with Session(self._engine) as session:
            return SettlementRepository(session).starts(community)

    def statement(self, community: int, account: Account, first: int, last: int) -> Statement:
        """Draw up an account's statement over the intervals that start in ``[first, last)``.

        Raises:
            InvalidValueError: where the span ends before it begins.
        """
        with Session(self._engine) as session:
            shares = SettlementRepository(session).shares(community, account, first, last)
        return make_statement(account, first, last, shares)


def _metered(positions: Iterable[Position]) -> dict[Account, Metered]:
    """Return what the meters counted that positions rest on."""
    return {one.account: Metered(one.imported, one.exported) for one in positions}


def _shares(
    record: PriceRecord,
    allocation: list[AllocationRow],
    metered: Mapping[Account, Metered],
    fee: Fee,
) -> tuple[SettledPosition, ...]:
    traded = {row.account: row.payment for row in allocation} if record.is_allocated else None
    return tuple(
        SettledPosition(
            position,
            payment(position, _due(position, record, traded), record.tariff, fee),
            fee.on(position.bought),
        )
        for position in positions(allocation, metered)
    )


def _due(position: Position, record: PriceRecord, traded: Mapping[Account, Money] | None) -> Money:
    """Return what an account pays for what it traded, by the same rule as the contract."""
    if traded is None:
        return cost(WattHours(position.bought - position.sold), record.price)
    return traded.get(position.account, Money(0))


def _require_same(stored: SettledInterval, computed: _Computed) -> None:
    if stored.record != computed.record:
        raise AlreadySettledError(computed.record.interval, "price record")
    if stored.positions != computed.shares:
        raise AlreadySettledError(computed.record.interval, "set of positions")
