"""Metering: the roots and totals that gateways attest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from chain.calls import Call
from chain.contracts.client import AdminRulesClient, TypedDataClient
from domain.interval import Interval
from identity.attestation import Attestation, Correction


@dataclass(frozen=True, slots=True)
class MeteredTotals:
    """What all gateways attested of a community's interval, corrections included.

    Attributes:
        imported: Wh taken from the grid.
        exported: Wh fed into the grid.
        readings: number of readings.
        gateways: number of gateways.
        closed: whether settlement has used it, so that only corrections change it.
    """

    imported: int
    exported: int
    readings: int
    gateways: int
    closed: bool


class MeteringClient(AdminRulesClient, TypedDataClient):
    """The metering contract."""

    contract: ClassVar[str] = "Metering"

    def attest(self, attestations: Sequence[Attestation], signatures: Sequence[bytes]) -> Call:
        """Record attestations, each signed by its gateway's key. Anybody may relay them."""
        return self._call("attest", [_members(one) for one in attestations], b"".join(signatures))

    def correct(self, corrections: Sequence[Correction], signatures: Sequence[bytes]) -> Call:
        """Record corrections, each signed by its gateway's key. Anybody may relay them."""
        members = [
            (_members(one.statement), _superseded(one.superseded), int(one.reason))
            for one in corrections
        ]
        return self._call("correct", members, b"".join(signatures))

    def close_interval(self, interval: Interval) -> Call:
        """End the attesting of an interval. Only the settlement contract."""
        return self._call("closeInterval", interval.packed)

    def attestation_root(self, interval: Interval, gateway: int) -> bytes | None:
        """Return the recorded root of a gateway's readings, 32 bytes, or None where it has none."""
        root: bytes = self._read_one("attestationRoot", interval.packed, gateway)
        return root if any(root) else None

    def revision(self, interval: Interval, gateway: int) -> int:
        """Return how often a gateway corrected its readings of an interval."""
        return int(self._read_one("revision", interval.packed, gateway))

    def attestation_root_at(self, interval: Interval, gateway: int, revision: int) -> bytes | None:
        """Return the recorded root of a revision, 32 bytes, or None where it has none.

        Raises:
            ContractRefusedError: ``UnknownRevision``.
        """
        root: bytes = self._read_one("attestationRootAt", interval.packed, gateway, revision)
        return root if any(root) else None

    def correction_seconds(self) -> int:
        """Return how long after an interval's end its readings can be corrected, in seconds."""
        return int(self._read_one("CORRECTION_SECONDS"))

    def totals(self, interval: Interval) -> MeteredTotals:
        """Return what all gateways attested for an interval."""
        return MeteredTotals(*self._read("totals", interval.packed))

    def last_sequence(self, gateway: int) -> int:
        """Return the number of a gateway's latest statement, 0 where it has none."""
        return int(self._read_one("lastSequence", gateway))

    def verify_reading(
        self,
        interval: Interval,
        gateway: int,
        salt: bytes,
        document_hash: bytes,
        proof: Sequence[bytes],
    ) -> bool:
        """Tell whether a reading lies under the recorded root that holds.

        Args:
            interval: which interval.
            gateway: number of the gateway.
            salt: 16 bytes.
            document_hash: of the signed reading, 32 bytes.
            proof: sibling hashes from the leaf to the recorded root, the totals' hash last.
        """
        return bool(
            self._read_one(
                "verifyReading", interval.packed, gateway, salt, document_hash, list(proof)
            )
        )

    def verify_reading_at(
        self,
        interval: Interval,
        gateway: int,
        revision: int,
        salt: bytes,
        document_hash: bytes,
        proof: Sequence[bytes],
    ) -> bool:
        """Tell whether a reading lies under the recorded root of a revision.

        Args:
            interval: which interval.
            gateway: number of the gateway.
            revision: 0 for what was attested in time, then one for each correction.
            salt: 16 bytes.
            document_hash: of the signed reading, 32 bytes.
            proof: sibling hashes from the leaf to that root, its totals' hash last.

        Raises:
            ContractRefusedError: ``UnknownRevision``.
        """
        return bool(
            self._read_one(
                "verifyReadingAt",
                interval.packed,
                gateway,
                revision,
                salt,
                document_hash,
                list(proof),
            )
        )

    def settlement_role(self) -> bytes:
        """Return the role that closes intervals."""
        return bytes(self._read_one("SETTLEMENT_ROLE"))


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


def _superseded(former: Attestation | None) -> tuple[Any, ...]:
    if former is None:
        return (bytes(32), 0, 0, 0)
    return (former.root, former.count, former.imported, former.exported)
