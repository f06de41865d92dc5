"""Metering: the roots and totals that gateways attest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from chain.calls import Call
from chain.contracts.client import AccessControlledClient
from domain.interval import Interval
from identity.attestation import Attestation


@dataclass(frozen=True, slots=True)
class MeteredTotals:
    """What all gateways attested of a community's interval.

    Attributes:
        imported: Wh taken from the grid.
        exported: Wh fed into the grid.
        readings: number of readings.
        gateways: number of gateways.
        closed: whether settlement has used it, so that nothing can be added.
    """

    imported: int
    exported: int
    readings: int
    gateways: int
    closed: bool


class MeteringClient(AccessControlledClient):
    """The metering contract."""

    contract: ClassVar[str] = "Metering"

    def attest(self, attestations: Sequence[Attestation], signatures: Sequence[bytes]) -> Call:
        """Record attestations, each signed by its gateway's key. Anybody may relay them."""
        return self._call("attest", [_members(one) for one in attestations], list(signatures))

    def close_interval(self, interval: Interval) -> Call:
        """End the attesting of an interval. Only the settlement contract."""
        return self._call("closeInterval", interval.packed)

    def attestation_root(self, interval: Interval, gateway: int) -> bytes | None:
        """Return the root that a gateway attested for an interval, 32 bytes, or None."""
        root: bytes = self._read_one("attestationRoot", interval.packed, gateway)
        return root if any(root) else None

    def totals(self, interval: Interval) -> MeteredTotals:
        """Return what all gateways attested for an interval."""
        return MeteredTotals(*self._read("totals", interval.packed))

    def last_sequence(self, gateway: int) -> int:
        """Return the number of a gateway's latest attestation, 0 where it has none."""
        return int(self._read_one("lastSequence", gateway))

    def verify_reading(
        self,
        interval: Interval,
        gateway: int,
        salt: bytes,
        document_hash: bytes,
        proof: Sequence[bytes],
    ) -> bool:
        """Tell whether a reading lies under the root that its gateway attested.

        Args:
            interval: which interval.
            gateway: number of the gateway.
            salt: 16 bytes.
            document_hash: of the signed reading, 32 bytes.
            proof: sibling hashes from the leaf to the root.
        """
        return bool(
            self._read_one(
                "verifyReading", interval.packed, gateway, salt, document_hash, list(proof)
            )
        )

    def settlement_role(self) -> bytes:
        """Return the role that closes intervals."""
        return bytes(self._read_one("SETTLEMENT_ROLE"))

    def eip712_domain(self) -> tuple[Any, ...]:
        """Return the signing domain of attestations (EIP-5267)."""
        return self._read("eip712Domain")


def _members(attestation: Attestation) -> tuple[Any, ...]:
    return (
        attestation.interval.packed,
        attestation.gateway,
        attestation.sequence,
        attestation.root,
        attestation.count,
        attestation.imported,
        attestation.exported,
    )
