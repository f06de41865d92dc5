"""What the market has stored, for publication and for the wallets."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from domain.clock import Clock
from domain.interval import Interval
from domain.trade import Fill, PriceRecord
from domain.units import Account, Money
from market.book import BookEntry, ClearedPrice, PlacedOrder, StoredWithdrawal, Trade
from market.ports import Fees
from market.repository.books import BookRepository
from market.repository.orders import OrderRepository
from market.repository.outcomes import OutcomeRepository

FROM_THE_FIRST: Final = (-1, b"")
"""The place before every page."""

_MANY: Final = 2**31 - 1


class MarketRecords:
    """Reads orders, books, prices and fills. Any number of threads may call it."""

    def __init__(self, engine: Engine, clock: Clock, fees: Fees) -> None:
        """Read a database that has the market's tables.

        Args:
            engine: the database.
            clock: tells which orders are still open.
            fees: what buyers pay beside.
        """
        self._sessions = sessionmaker(engine)
        self._clock = clock
        self._fees = fees

    def is_known(self, digest: bytes) -> bool:
        """Tell whether an order was accepted, or put on chain, before."""
        with self._sessions() as session:
            return OrderRepository(session).is_known(digest)

    def reserved(self, account: Account) -> Money:
        """Return what an account's open orders may cost at most, fees included, in 10^-8 EUR."""
        fees = self._fees.schedule()
        with self._sessions() as session:
            return OrderRepository(session).reserved(account, self._clock.now(), fees)

    def orders(
        self,
        account: Account,
        first: int,
        last: int,
        after: tuple[int, bytes] = FROM_THE_FIRST,
        limit: int = _MANY,
    ) -> list[PlacedOrder]:
        """Return an account's orders of the intervals that start in ``[first, last)``.

        Args:
            account: whose orders.
            first: UTC second.
            last: UTC second, not included.
            after: start and digest behind which the page begins.
            limit: most orders to return.
        """
        with self._sessions() as session:
            return OrderRepository(session).placed(account, first, last, after, limit)

    def trades(
        self,
        account: Account,
        first: int,
        last: int,
        after: tuple[int, bytes] = FROM_THE_FIRST,
        limit: int = _MANY,
    ) -> list[Trade]:
        """Return an account's fills; arguments as for ``orders``."""
        with self._sessions() as session:
            return OutcomeRepository(session).trades(account, first, last, after, limit)

    def prices(
        self, community: int, first: int, last: int, limit: int = _MANY
    ) -> list[PriceRecord]:
        """Return a community's price records of the intervals that start in ``[first, last)``."""
        return [cleared.record for cleared in self.cleared(community, first, last, limit)]

    def cleared(
        self, community: int, first: int, last: int, limit: int = _MANY
    ) -> list[ClearedPrice]:
        """Return price records with their clearing intervals; arguments as for ``prices``."""
        with self._sessions() as session:
            return OutcomeRepository(session).prices(community, first, last, limit)

    def intervals(self, community: int) -> list[Interval]:
        """Return all intervals of a community that are cleared, in their sequence."""
        with self._sessions() as session:
            return OutcomeRepository(session).intervals(community)

    def price(self, interval: Interval) -> ClearedPrice | None:
        """Return an interval's outcome, None where it is not cleared."""
        with self._sessions() as session:
            return OutcomeRepository(session).price(interval)

    def fills(self, interval: Interval) -> list[Fill]:
        """Return what traded in an interval, in the sequence of digests."""
        with self._sessions() as session:
            return OutcomeRepository(session).fills(interval)

    def book(self, interval: Interval) -> list[BookEntry]:
        """Return an interval's committed orders in the sequence of its book.

        The chain numbers the batches: an order is in here once the operator has seen its batch on
        chain, which clearing sees to.
        """
        with self._sessions() as session:
            return BookRepository(session).entries(interval)

    def withdrawals(self, interval: Interval) -> list[StoredWithdrawal]:
        """Return the orders of an interval that were withdrawn before they were in a batch."""
        with self._sessions() as session:
            return OrderRepository(session).withdrawals(interval)
