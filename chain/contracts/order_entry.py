"""Order entry: participants' own orders past the operator, and cancellations before the gate."""

from __future__ import annotations

from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import TypedDataClient
from domain.cancellation import Cancellation
from domain.order import Order
from domain.units import WattHours


class OrderEntryClient(TypedDataClient):
    """The order entry contract. An account acts by its wallet or an agent of the wallet's."""

    contract: ClassVar[str] = "OrderEntry"

    def submit_order(self, order: Order) -> Call:
        """Put an order into its book before the gate. Only the account's wallet or agent."""
        return self._call("submitOrder", _order(order))

    def submit_signed_order(self, order: Order, signature: bytes) -> Call:
        """Put an order into its book that the account's wallet or agent signed. Anybody.

        Args:
            order: which order.
            signature: 65 bytes, of ``order_digest`` in ``order_entry_domain``
                (``identity.typed_data``).
        """
        return self._call("submitSignedOrder", _order(order), signature)

    def cancel_order(self, cancellation: Cancellation) -> Call:
        """Take an order out of a book before the gate. Only the account's wallet or agent."""
        return self._call("cancelOrder", _cancellation(cancellation))

    def cancel_signed_order(self, cancellation: Cancellation, signature: bytes) -> Call:
        """Take an order out of a book as the account's wallet or agent signed. Anybody.

        Args:
            cancellation: which place of which book.
            signature: 65 bytes, of ``cancellation_digest`` in ``order_entry_domain``
                (``identity.typed_data``).
        """
        return self._call("cancelSignedOrder", _cancellation(cancellation), signature)

    def submitted(self, digest: bytes) -> bool:
        """Tell whether the order of a digest, 32 bytes, was put into its book here."""
        return bool(self._read_one("submitted", digest))

    def submitted_as(self, digest: bytes) -> int | None:
        """Return the number of the batch that an order was put into its book as here, or None.

        Args:
            digest: EIP-712 digest of the order, 32 bytes.
        """
        batch_and_one = int(self._read_one("submittedAs", digest))
        return batch_and_one - 1 if batch_and_one else None

    def cancelled(self, cancellation: Cancellation) -> bool:
        """Tell whether the account has cancelled what is at that place."""
        return bool(self._read_one("cancelled", _cancellation(cancellation)))

    def direct_order_limit(self) -> int:
        """Return how many orders an account may put into one interval's book here."""
        return int(self._read_one("DIRECT_ORDER_LIMIT"))

    def direct_energy_limit(self) -> WattHours:
        """Return how much energy, both sides together, an account may put in so."""
        return WattHours(self._read_one("DIRECT_ENERGY_LIMIT"))

    def cancellation_limit(self) -> int:
        """Return how many orders of one interval an account may cancel here."""
        return int(self._read_one("CANCELLATION_LIMIT"))


def _order(order: Order) -> tuple[int, ...]:
    return (
        order.interval.packed,
        order.account,
        int(order.side),
        order.quantity,
        order.price,
        order.salt,
    )


def _cancellation(cancellation: Cancellation) -> tuple[int, ...]:
    return (
        cancellation.interval.packed,
        cancellation.account,
        cancellation.batch,
        cancellation.index,
    )
