"""What the order book needs of others. The clients of ``chain.contracts`` and the outbox fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chain.calls import Call
from chain.connection import Chain
from chain.contracts import PayAsBidResult
from chain.deployment import Deployment
from chain.events import ContractEvent, read_events
from chain.sender import Receipt
from domain.fee import FeeSchedule
from domain.interval import Interval
from domain.order import Side
from domain.tariff import Tariff
from domain.trade import PriceRecord
from domain.units import Account, Money


class Member(Protocol):
    """A participant's entry in the registry."""

    @property
    def wallet(self) -> str:
        """Address whose key signs its orders."""
        ...

    @property
    def active(self) -> bool:
        """Whether it may trade."""
        ...


class Members(Protocol):
    """Looks participants up."""

    def participant(self, account: int) -> Member | None:
        """Return a participant's entry, or None where there is none."""
        ...


class Agents(Protocol):
    """Knows who may order in whose name."""

    def permits(
        self, account: int, agent: str, time: int, side: Side, quantity: int, price: int
    ) -> bool:
        """Tell whether an agent may place an order in an account's name at a UTC second."""
        ...


class CommunityRules(Protocol):
    """A community's market rules."""

    @property
    def duration(self) -> int:
        """Seconds of an interval."""
        ...

    @property
    def gate_lead(self) -> int:
        """Seconds before an interval's start at which its book closes."""
        ...

    @property
    def grid_account(self) -> Account:
        """Account of the grid, which places no orders."""
        ...


class MechanismChoice(Protocol):
    """How a community's books are cleared."""

    @property
    def id(self) -> bytes:
        """Stands for the mechanism on chain, 32 bytes."""
        ...

    @property
    def k(self) -> int:
        """Point between two limits, in per mille; 0 for a mechanism without one."""
        ...


class MechanismChoices(Protocol):
    """Knows which mechanism each community chose."""

    def mechanism(self, community: int) -> MechanismChoice | None:
        """Return how a community's books are cleared, or None where there is no such community."""
        ...


class Communities(MechanismChoices, Protocol):
    """Looks communities up."""

    def community(self, community: int) -> CommunityRules | None:
        """Return a community's rules, or None where there is no such community."""
        ...


class Funds(Protocol):
    """Knows what participants can pay."""

    def available(self, account: Account) -> Money:
        """Return what an account can pay for bids that are not cleared yet, in 10^-8 EUR.

        That is its deposit, less what cleared intervals still take of it.
        """
        ...

    def revision(self) -> int:
        """Return another number than before where more was held back since."""
        ...


class Fees(Protocol):
    """Knows what buyers pay beside the price."""

    def schedule(self) -> FeeSchedule:
        """Return the fees of all communities, as far as they are announced."""
        ...


class CommittedBook(Protocol):
    """What the chain holds of an interval's book."""

    @property
    def commitment(self) -> bytes:
        """Hash over all batches, 32 bytes."""
        ...

    @property
    def orders(self) -> int:
        """Number of orders."""
        ...

    @property
    def batches(self) -> int:
        """Number of batches."""
        ...


class MarketContract(MechanismChoices, Protocol):
    """Takes commitments and proofs."""

    def commit_orders(self, interval: Interval, batch_commitment: bytes, count: int) -> Call:
        """Return the call that adds a batch to a book."""
        ...

    def clear(
        self,
        interval: Interval,
        batches: Sequence[bytes],
        digests_hashes: Sequence[bytes],
        price: int,
        volume: int,
    ) -> Call:
        """Return the call that proves an interval's price, where everybody trades at it."""
        ...

    def clear_pay_as_bid(
        self,
        interval: Interval,
        batches: Sequence[bytes],
        digests: Sequence[bytes],
        result: PayAsBidResult,
    ) -> Call:
        """Return the call that proves what each account trades and pays, pair by pair."""
        ...

    def book(self, interval: Interval) -> CommittedBook:
        """Return what is committed of an interval's orders."""
        ...

    def tariff(self, interval: Interval) -> Tariff | None:
        """Return the tariff posted for an interval, or None."""
        ...

    def price_record(self, interval: Interval) -> PriceRecord:
        """Return an interval's outcome, with the status ``OPEN`` where it is not cleared."""
        ...


class StepDelivery(Protocol):
    """Brings a named step to the chain exactly once (``chain.outbox.Outbox``)."""

    def deliver(self, community: int, start: int, step: str, call: Call) -> Receipt:
        """Deliver a step, or return the receipt that it has."""
        ...


class EventLog(Protocol):
    """Reads what the contracts announced."""

    def latest_block(self) -> int:
        """Return the number of the latest block."""
        ...

    def events(self, first_block: int, last_block: int) -> Sequence[ContractEvent]:
        """Return the events of some blocks, both included, in the chain's order."""
        ...


class ChainEventLog:
    """The events of one deployment."""

    def __init__(self, chain: Chain, deployment: Deployment) -> None:
        self._chain = chain
        self._deployment = deployment

    def latest_block(self) -> int:
        """Return the number of the latest block."""
        return self._chain.block_number()

    def events(self, first_block: int, last_block: int) -> Sequence[ContractEvent]:
        """Return the events of some blocks, both included, in the chain's order."""
        return read_events(self._chain, self._deployment, first_block, last_block)
