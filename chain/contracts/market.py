"""The market: tariffs, order books and the prices proven from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import ClassVar, Final

from chain.calls import Call
from chain.contracts.client import PausableClient, TypedDataClient
from domain.cancellation import Cancellation
from domain.interval import Interval
from domain.order import Order
from domain.tariff import Tariff
from domain.trade import ClearingStatus, PriceRecord
from domain.units import Account, MillicentPerKilowattHour, WattHours

NO_ORDER: Final = 2**32 - 1
"""Stands for the place of an order where there is none."""

RANKED_ORDER_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Community:
    """A community's market rules.

    Attributes:
        duration: seconds of an interval.
        gate_lead: seconds before an interval's start at which its book closes.
        grid_account: account of the grid, which takes what the market does not.
    """

    duration: int
    gate_lead: int
    grid_account: Account


@dataclass(frozen=True, slots=True)
class ChosenMechanism:
    """How a community's books are cleared, for good.

    Attributes:
        id: of the mechanism, 32 bytes (``chain.commitments.mechanism_id``).
        k: point between two limits, in per mille; 0 for a mechanism without one.
    """

    id: bytes
    k: int


@dataclass(frozen=True, slots=True)
class Book:
    """What is committed of an interval's orders.

    Attributes:
        commitment: hash over all batches, 32 bytes.
        orders: number of orders.
        batches: number of batches.
    """

    commitment: bytes
    orders: int
    batches: int


@dataclass(frozen=True, slots=True)
class PayAsBidResult:
    """What a pay-as-bid clearing is claimed to be; the contract finds the pairs by itself.

    Attributes:
        price: millicent per kWh, the uniform price at one half, which proves the volume; where
            nothing trades, one that no bid and offer meet at.
        volume: Wh.
        bids: every bid that accepts the price, dearest first, 8 bytes each (``pack_ranked``).
        offers: every offer that accepts the price, cheapest first, likewise.
        last_extra: place in the book of the last order that receives one of the Wh left over when
            the orders at the price share; ``NO_ORDER`` where none is left over.
        accounts: number of accounts that trade.
        allocation_hash: Keccak-256 of their rows (``domain.allocation``), 32 bytes; zeros where
            nothing trades.
    """

    price: int
    volume: int
    bids: bytes
    offers: bytes
    last_extra: int
    accounts: int
    allocation_hash: bytes


def pack_ranked(orders: Iterable[tuple[int, int]]) -> bytes:
    """Name orders in 8 big-endian bytes each.

    Args:
        orders: each one's place in the book, from 0 through all batches, and its account's row in
            the allocation, from 0.
    """
    return b"".join(place.to_bytes(4, "big") + row.to_bytes(4, "big") for place, row in orders)


def unpack_ranked(ranked: bytes) -> list[tuple[int, int]]:
    """Read what ``pack_ranked`` returns: each order's place, and its account's row."""
    return [
        (int.from_bytes(ranked[at : at + 4], "big"), int.from_bytes(ranked[at + 4 : at + 8], "big"))
        for at in range(0, len(ranked), RANKED_ORDER_BYTES)
    ]


class MarketClient(PausableClient, TypedDataClient):
    """The market contract."""

    contract: ClassVar[str] = "Market"

    def create_community(
        self,
        community: int,
        duration: int,
        gate_lead: int,
        grid_account: int,
        mechanism: bytes,
        k: int,
    ) -> Call:
        """Open a community's market, for good. Only the admin.

        Args:
            community: its number.
            duration: seconds of an interval.
            gate_lead: seconds before an interval's start at which its book closes.
            grid_account: account of the grid.
            mechanism: id of the mechanism, 32 bytes (``chain.commitments.mechanism_id``).
            k: point between two limits, in per mille; 0 for a mechanism without one.
        """
        return self._call(
            "createCommunity", community, duration, gate_lead, grid_account, mechanism, k
        )

    def post_tariffs(self, first: Interval, tariffs: Sequence[Tariff]) -> Call:
        """Post the tariffs of consecutive intervals, each once. Only the tariff oracle."""
        packed = b"".join(tariff.pack() for tariff in tariffs)
        return self._call("postTariffs", first.community, first.start, packed)

    def commit_orders(self, interval: Interval, batch_commitment: bytes, count: int) -> Call:
        """Add a batch of orders to a book before its gate closes. Only the operator."""
        return self._call("commitOrders", interval.packed, batch_commitment, count)

    def enter_order(self, interval: Interval, batch_commitment: bytes) -> Call:
        """Add a batch of one order of a participant's own. Only entry contracts."""
        return self._call("enterOrder", interval.packed, batch_commitment)

    def enter_cancellation(self, cancellation: Cancellation) -> Call:
        """Add a cancellation to a book before its gate closes. Only entry contracts."""
        return self._call(
            "enterCancellation",
            cancellation.interval.packed,
            cancellation.account,
            cancellation.batch,
            cancellation.index,
        )

    def clear(
        self,
        interval: Interval,
        batches: Sequence[bytes],
        digests_hashes: Sequence[bytes],
        price: int,
        volume: int,
    ) -> Call:
        """Prove an interval's price and volume from its whole book. Anybody, after the gate.

        Only where the community's mechanism lets everybody trade at one price.

        Args:
            interval: which interval.
            batches: packed orders of each batch, and packed cancellations, in the sequence of
                commitment.
            digests_hashes: hash of each batch's order digests, 32 bytes each; zeros for a
                cancellation.
            price: millicent per kWh; where nothing trades in an auction, one that no bid and offer
                meet at.
            volume: Wh.
        """
        return self._call(
            "clear", interval.packed, list(batches), list(digests_hashes), price, volume
        )

    def clear_pay_as_bid(
        self,
        interval: Interval,
        batches: Sequence[bytes],
        digests: Sequence[bytes],
        result: PayAsBidResult,
    ) -> Call:
        """Prove what every account trades and pays in an interval. Anybody, after the gate.

        Only where the community's mechanism is pay-as-bid.

        Args:
            interval: which interval.
            batches: packed orders of each batch, and packed cancellations, in the sequence of
                commitment.
            digests: each batch's order digests, 32 bytes an order; none for a cancellation.
            result: what the clearing comes to.
        """
        return self._call(
            "clearPayAsBid", interval.packed, list(batches), list(digests), astuple(result)
        )

    def abandon(self, interval: Interval) -> Call:
        """Record that an interval traded nothing which nobody cleared in time. Anybody.

        The meters can be settled with the grid then. Its tariff must be posted.
        """
        return self._call("abandon", interval.packed)

    def clearing_deadline(self) -> int:
        """Return how many seconds after its end an interval can be abandoned."""
        return int(self._read_one("CLEARING_DEADLINE"))

    def community(self, community: int) -> Community | None:
        """Return a community's rules, or None where there is no such community."""
        duration, gate_lead, grid_account = self._read("community", community)
        return Community(duration, gate_lead, Account(grid_account)) if duration else None

    def mechanism(self, community: int) -> ChosenMechanism | None:
        """Return how a community's books are cleared, or None where there is no such community."""
        identifier, k = self._read("mechanism", community)
        return ChosenMechanism(identifier, k) if any(identifier) else None

    def tariff(self, interval: Interval) -> Tariff | None:
        """Return the tariff posted for an interval, or None."""
        posted, feed_in, retail = self._read("tariff", interval.packed)
        return _tariff(feed_in, retail) if posted else None

    def book(self, interval: Interval) -> Book:
        """Return what is committed of an interval's orders."""
        return Book(*self._read("book", interval.packed))

    def price_record(self, interval: Interval) -> PriceRecord:
        """Return an interval's outcome, with the status ``OPEN`` where it is not cleared."""
        status, price, feed_in, retail, volume, price_hash = self._read(
            "priceRecord", interval.packed
        )
        return PriceRecord(
            interval=interval,
            status=ClearingStatus(status),
            price=MillicentPerKilowattHour(price),
            volume=WattHours(volume),
            tariff=_tariff(feed_in, retail),
            price_hash=price_hash,
            allocation_hash=self.allocation_hash(interval),
        )

    def cleared_at(self, interval: Interval) -> int | None:
        """Return the UTC second at which an interval was cleared, or None where it is not."""
        return int(self._read_one("clearedAt", interval.packed)) or None

    def allocation_hash(self, interval: Interval) -> bytes:
        """Return the hash of what each account trades and pays in an interval, 32 bytes.

        It is 0 where that follows from the price, and where nothing traded.
        """
        return bytes(self._read_one("allocationHash", interval.packed))

    def order_digest(self, order: Order) -> bytes:
        """Return the digest of an order as the contract computes it (EIP-712)."""
        return bytes(
            self._read_one(
                "orderDigest",
                order.interval.packed,
                order.account,
                int(order.side),
                order.quantity,
                order.price,
                order.salt,
            )
        )

    def operator_role(self) -> bytes:
        """Return the role that commits books."""
        return bytes(self._read_one("OPERATOR_ROLE"))

    def tariff_role(self) -> bytes:
        """Return the role that posts tariffs."""
        return bytes(self._read_one("TARIFF_ROLE"))

    def entry_role(self) -> bytes:
        """Return the role that enters participants' own orders and cancellations."""
        return bytes(self._read_one("ENTRY_ROLE"))


def _tariff(feed_in: int, retail: int) -> Tariff:
    return Tariff(MillicentPerKilowattHour(feed_in), MillicentPerKilowattHour(retail))
