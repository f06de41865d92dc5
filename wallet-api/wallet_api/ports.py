"""What the API asks of the other rooms, so that any of them can be stood in for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from domain.fee import FeeSchedule
from domain.interval import Interval
from domain.order import Order
from domain.reading import Reading
from domain.tariff import Tariff
from domain.trade import PriceRecord
from domain.units import Account, Money
from market.book import PlacedOrder, Trade
from settlement.statements import Statement


class Participant(Protocol):
    """A participant in the registry."""

    @property
    def active(self) -> bool:
        """Whether it may trade."""
        ...

    @property
    def role(self) -> int:
        """1 prosumer, 2 aggregator, 3 grid, 4 operator, 5 auditor, 6 validator."""
        ...


class ParticipantRegistry(Protocol):
    """The registry on chain."""

    def account_of(self, wallet: str, /) -> Account | None:
        """Return the account of a wallet, None (or 0) where it has none."""
        ...

    def participant(self, account: Account, /) -> Participant | None:
        """Return what an account is."""
        ...


class Receipt(Protocol):
    """The operator's signed receipt of an order."""

    @property
    def order_digest(self) -> bytes:
        """EIP-712 digest of the order, 32 bytes."""
        ...

    @property
    def received_at(self) -> int:
        """UTC second at which the order came."""
        ...

    @property
    def signature(self) -> bytes:
        """The operator's signature, 65 bytes."""
        ...


class Withdrawal(Protocol):
    """The operator's signed word that an order counts no more."""

    @property
    def order_digest(self) -> bytes:
        """EIP-712 digest of the order, 32 bytes."""
        ...

    @property
    def withdrawn_at(self) -> int:
        """UTC second from which on it counts no more."""
        ...

    @property
    def signature(self) -> bytes:
        """The operator's signature, 65 bytes."""
        ...


class OrderDesk(Protocol):
    """Where orders are accepted, and taken back."""

    def accept(self, order: Order, signature: bytes, /) -> Receipt:
        """Check and store an order; the same one again gets the same receipt."""
        ...

    def withdraw(self, account: Account, digest: bytes, signature: bytes, /) -> Withdrawal:
        """Take back an account's order that is not committed yet."""
        ...


class MarketQueries(Protocol):
    """What the market has stored. All lists are in order of start, then digest."""

    def is_known(self, digest: bytes) -> bool:
        """Tell whether an order was accepted before."""
        ...

    def orders(
        self, account: Account, first: int, last: int, after: tuple[int, bytes], limit: int
    ) -> Sequence[PlacedOrder]:
        """Return an account's orders of the intervals that start in ``[first, last)``.

        Args:
            account: whose orders.
            first: UTC second.
            last: UTC second, not included.
            after: start and digest behind which the page begins.
            limit: most orders to return.
        """
        ...

    def trades(
        self, account: Account, first: int, last: int, after: tuple[int, bytes], limit: int
    ) -> Sequence[Trade]:
        """Return an account's fills; arguments as for ``orders``."""
        ...

    def prices(self, community: int, first: int, last: int, limit: int) -> Sequence[PriceRecord]:
        """Return a community's price records of the intervals that start in ``[first, last)``."""
        ...

    def reserved(self, account: Account) -> Money:
        """Return what an account's open orders may cost at most, fees included, in 10^-8 EUR."""
        ...


class Funds(Protocol):
    """What the desk measures bids against."""

    def available(self, account: Account, /) -> Money:
        """Return what an account can pay for open bids, in 10^-8 EUR.

        That is its deposit, less what cleared intervals will still take of it.
        """
        ...


class Tariffs(Protocol):
    """The grid's prices, which are known before an interval's gate closes."""

    def tariff(self, interval: Interval, /) -> Tariff | None:
        """Return an interval's tariff, None where it is not posted yet."""
        ...


class Fees(Protocol):
    """What buyers pay beside the price, which is known a day before an interval's gate closes."""

    def schedule(self) -> FeeSchedule:
        """Return the fees of all communities, as far as they are announced."""
        ...


class Token(Protocol):
    """A token contract."""

    def balance_of(self, address: str, /) -> int:
        """Return a wallet's balance in the token's smallest unit."""
        ...


class Statements(Protocol):
    """What was settled."""

    def statement(self, community: int, account: Account, first: int, last: int, /) -> Statement:
        """Draw up an account's statement over the intervals that start in ``[first, last)``."""
        ...


class AccountReading(Protocol):
    """A reading of one of an account's devices."""

    @property
    def reading(self) -> Reading:
        """What the device counted."""
        ...

    @property
    def gateway(self) -> int:
        """Number of the gateway that signed it."""
        ...

    @property
    def revision(self) -> int:
        """How often the gateway had corrected the interval by then."""
        ...

    @property
    def document(self) -> Mapping[str, Any]:
        """The signed document."""
        ...

    @property
    def salt(self) -> bytes:
        """What its leaf was salted with, 16 bytes."""
        ...

    @property
    def proof(self) -> Sequence[bytes]:
        """Sibling hashes from its leaf to the recorded root, the totals' hash last."""
        ...


class Readings(Protocol):
    """What the gateways have delivered."""

    def readings_of(
        self, account: Account, first: int, last: int, after: tuple[int, int], limit: int, /
    ) -> Sequence[AccountReading]:
        """Return the readings of an account's devices, by start and device.

        Args:
            account: whose devices.
            first: UTC second; intervals that start from it on.
            last: UTC second; intervals that start before it.
            after: start and device behind which the page begins.
            limit: most readings to return.
        """
        ...
