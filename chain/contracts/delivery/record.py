"""Energy delivered into a battery, stated by both sides and validated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chain.calls import Call
from chain.contracts.delivery.process import BY_SENDER, DeliveryProcessClient
from domain.delivery import Session
from domain.units import WattHours


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a session's record has come.

    Attributes:
        round: number of rejected pairs of statements.
        delivered: Wh that the source says it delivered.
        received: Wh that the battery says it received.
        usable: Wh of these that can be taken out again.
        source_confirmed: whether the source has spoken in this round.
        battery_confirmed: whether the battery has.
        recorded: whether the claims were given out.
        accounts_hash: of the accounts that the source named, 32 bytes.
    """

    round: int
    delivered: WattHours
    received: WattHours
    usable: WattHours
    source_confirmed: bool
    battery_confirmed: bool
    recorded: bool
    accounts_hash: bytes


class DeliveryRecordClient(DeliveryProcessClient):
    """The delivery record."""

    contract: ClassVar[str] = "DeliveryRecord"

    def confirm_delivered(
        self, session: Session, delivered: int, accounts: Sequence[int], signature: bytes
    ) -> Call:
        """State what the source delivered. Anybody may relay it, once a round.

        Args:
            session: what charged what, when.
            delivered: Wh.
            accounts: who receives the claims, ascending.
            signature: of ``delivered_digest``, by the gateway of the source.
        """
        return self._call(
            "confirmDelivered", _members(session), delivered, list(accounts), signature
        )

    def confirm_received(
        self, session: Session, received: int, usable: int, signature: bytes
    ) -> Call:
        """State what the battery received. Anybody may relay it, once a round.

        Args:
            session: what charged what, when.
            received: Wh.
            usable: Wh.
            signature: of ``reception_digest``, by the gateway of the battery.
        """
        return self._call("confirmReceived", _members(session), received, usable, signature)

    def record(
        self, session: Session, accounts: Sequence[int], signature: bytes = BY_SENDER
    ) -> Call:
        """Record a session and give out the claims. By a validator or with its signature.

        Args:
            session: what charged what, when.
            accounts: those that the source named.
            signature: of ``delivery_validation_digest``; none where the validator sends.
        """
        return self._call("record", _members(session), list(accounts), signature)

    def reject(self, session: Session) -> Call:
        """Declare a session's statements void; both sides state again. Only a validator."""
        return self._call("reject", _members(session))

    def delivery_id(self, session: Session) -> bytes:
        """Return the name of a session's record, 32 bytes."""
        return bytes(self._read_one("deliveryId", _members(session)))

    def delivery(self, delivery: bytes) -> Delivery:
        """Return how far a record has come, by its name."""
        return Delivery(*self._read_one("delivery", delivery))

    def account_limit(self) -> int:
        """Return how many accounts a source can name."""
        return int(self._read_one("ACCOUNT_LIMIT"))


def _members(session: Session) -> tuple[int, int, int]:
    return session.source, session.battery, session.interval.packed
