"""Taking one's own energy out of a battery."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import ClassVar

from chain.calls import Call
from chain.contracts.delivery.process import BY_SENDER, DeliveryProcessClient
from domain.units import Account, WattHours


class RequestStatus(IntEnum):
    """How far a request has come. The numbers are the contract's."""

    NONE = 0
    REQUESTED = 1
    APPROVED = 2
    SETTLED = 3
    CANCELLED = 4
    REJECTED = 5
    EXPIRED = 6


@dataclass(frozen=True, slots=True)
class ConsumptionRequest:
    """A request to supply energy.

    Attributes:
        account: the consumer.
        battery: device number of the battery.
        dwelling: number of the device that measures what arrives.
        amount: Wh requested.
        until: UTC second before which the battery shall supply.
        status: how far it has come.
        supply_confirmed: whether the battery has spoken.
        reception_confirmed: whether the dwelling has.
        supplied: Wh that left the battery.
        received: Wh that arrived.
    """

    account: Account
    battery: int
    dwelling: int
    amount: WattHours
    until: int
    status: RequestStatus
    supply_confirmed: bool
    reception_confirmed: bool
    supplied: WattHours
    received: WattHours


class ConsumptionClient(DeliveryProcessClient):
    """The consumption escrow."""

    contract: ClassVar[str] = "ConsumptionEscrow"

    def request(self, battery: int, dwelling: int, amount: int, until: int) -> Call:
        """Put claims into escrow for energy from a battery; gets the next request number.

        Args:
            battery: device number of the battery.
            dwelling: number of the device that measures what arrives.
            amount: Wh.
            until: UTC second before which it shall be supplied.
        """
        return self._call("request", battery, dwelling, amount, until)

    def cancel(self, request: int) -> Call:
        """Take a request back that is not approved. Only the consumer."""
        return self._call("cancel", request)

    def approve(self, request: int, signature: bytes = BY_SENDER) -> Call:
        """Let the battery supply. By a validator or with its signature of ``approval_digest``."""
        return self._call("approve", request, signature)

    def confirm_supplied(self, request: int, supplied: int, signature: bytes) -> Call:
        """State what the battery supplied. Anybody may relay it, once.

        Args:
            request: number of the request.
            supplied: Wh.
            signature: of ``supplied_digest``, by the gateway of the battery.
        """
        return self._call("confirmSupplied", request, supplied, signature)

    def confirm_received(self, request: int, received: int, signature: bytes) -> Call:
        """State what the dwelling received. Anybody may relay it, once.

        Args:
            request: number of the request.
            received: Wh.
            signature: of ``supply_received_digest``, by the gateway of the dwelling.
        """
        return self._call("confirmReceived", request, received, signature)

    def settle(self, request: int, signature: bytes = BY_SENDER) -> Call:
        """End the claims on what was supplied and return the others.

        Args:
            request: number of the request.
            signature: of ``supply_validation_digest``; none where the validator sends.
        """
        return self._call("settle", request, signature)

    def reject(self, request: int) -> Call:
        """Return all claims of a request. Only a validator."""
        return self._call("reject", request)

    def expire(self, request: int) -> Call:
        """Return all claims of a request that was not settled in time. Anybody."""
        return self._call("expire", request)

    def requests(self, request: int) -> ConsumptionRequest | None:
        """Return a request, or None where there is none."""
        found = ConsumptionRequest(*self._read_one("requests", request))
        return replace(found, status=RequestStatus(found.status)) if found.status else None

    def request_count(self) -> int:
        """Return how many requests were ever made: the last one's number."""
        return int(self._read_one("requestCount"))

    def report_period(self) -> int:
        """Return the seconds after the requested time within which a request is settled."""
        return int(self._read_one("REPORT_PERIOD"))

    def longest_ahead(self) -> int:
        """Return how many seconds ahead energy can be requested for."""
        return int(self._read_one("LONGEST_AHEAD"))
