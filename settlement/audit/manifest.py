"""The manifest of a run: which day of which community, on which contracts, published by whom.

The operator signs it, so that what no contract knows (the community's name, the time zone, the
digest of the state file) also has an author.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chain.deployment import Deployment
from domain.errors import InvalidValueError
from domain.interval import DURATIONS, Interval
from domain.units import MAX_ACCOUNT
from identity.canonical import canonical_bytes
from identity.did import public_key_of
from identity.sign_in import personal_message_digest
from settlement.audit.clearing import PER_MILLE, RULES, Rule
from settlement.audit.fields import Fields

FORMAT: Final = "commonwatt-run/1"
MANIFEST_FILE: Final = "manifest.json"

_UINT32: Final = 2**32 - 1
_UINT40: Final = 2**40 - 1
_UINT64: Final = 2**64 - 1
_MAX_INTERVALS: Final = 1000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run says of itself.

    Attributes:
        community: number of the community.
        name: what people call it.
        duration: seconds of an interval.
        gate_lead: seconds before an interval's start at which its book closes.
        grid_account: account of the grid supplier.
        day: the local day.
        time_zone: whose midnights bound the day.
        first_start: UTC second at which the first interval begins.
        intervals: how many there are.
        mechanism: name of the rule by which books are cleared.
        k: point between two limits, in per mille; None for a mechanism without one.
        chain: the contracts.
        chain_state: Keccak-256 of the state file, 32 bytes.
        operator: address that signed receipts and manifest, in EIP-55 writing.
        issuer: did:key of who issued the membership credentials.
        signature: the operator's, over ``digest``.
        digest: what the operator signed, 32 bytes.
    """

    community: int
    name: str
    duration: int
    gate_lead: int
    grid_account: int
    day: date
    time_zone: ZoneInfo
    first_start: int
    intervals: int
    mechanism: str
    k: int | None
    chain: Deployment
    chain_state: bytes
    operator: str
    issuer: str
    signature: bytes
    digest: bytes

    @property
    def rule(self) -> Rule:
        """The rule by which books are cleared."""
        return RULES[self.mechanism]

    @property
    def chain_k(self) -> int:
        """The point as the chain holds it: 0 for a mechanism without one."""
        return self.k or 0

    def calendar(self) -> dict[int, Interval]:
        """Return the run's intervals by their start."""
        starts = range(
            self.first_start, self.first_start + self.intervals * self.duration, self.duration
        )
        return {start: Interval(self.community, start, self.duration) for start in starts}


def manifest_digest(manifest: Mapping[str, Any]) -> bytes:
    """Return the 32 bytes that the operator signs to publish a run.

    They are what any wallet signs as a personal message (EIP-191, version 0x45) of the canonical
    form (RFC 8785) of the manifest without its ``signature``.
    """
    unsigned = {name: value for name, value in manifest.items() if name != "signature"}
    return personal_message_digest(canonical_bytes(unsigned).decode())


def parse_manifest(value: dict[str, Any]) -> Manifest:
    """Read a manifest.

    Raises:
        InvalidValueError: naming the field that is missing, unknown or malformed.
    """
    fields = Fields(value)
    fields.constant("format", FORMAT)
    mechanism = _mechanism(fields.text("mechanism"))
    community = fields.object("community")
    manifest = Manifest(
        community=community.integer("number", 1, _UINT32),
        name=community.text("name"),
        duration=_duration(community.integer("duration_s", 1, _UINT32)),
        gate_lead=community.integer("gate_lead_s", 0, _UINT32),
        grid_account=community.integer("grid_account", 1, MAX_ACCOUNT),
        day=_day(fields.text("day")),
        time_zone=_time_zone(fields.text("time_zone")),
        first_start=fields.integer("first_start", 0, _UINT40 - _MAX_INTERVALS * max(DURATIONS)),
        intervals=fields.integer("intervals", 1, _MAX_INTERVALS),
        mechanism=mechanism,
        k=_point(fields, mechanism),
        chain=_chain(fields.object("chain")),
        chain_state=fields.hexadecimal("chain_state", 32),
        operator=fields.address("operator"),
        issuer=_issuer(fields.text("issuer")),
        signature=fields.hexadecimal("signature", 65),
        digest=manifest_digest(value),
    )
    community.end()
    fields.end()
    if manifest.first_start % manifest.duration:
        expected = f"a multiple of {manifest.duration} seconds"
        raise InvalidValueError("first_start", expected, manifest.first_start)
    return manifest


def _mechanism(name: str) -> str:
    if name not in RULES:
        raise InvalidValueError("mechanism", f"one of {', '.join(RULES)}", name)
    return name


def _point(fields: Fields, mechanism: str) -> int | None:
    if RULES[mechanism].has_point:
        return fields.integer("k", 0, PER_MILLE)
    k = fields.optional_integer("k", 0, PER_MILLE)
    if k is not None:
        raise InvalidValueError("k", f"null, for {mechanism} has no point", k)
    return None


def _chain(fields: Fields) -> Deployment:
    chain = Deployment(
        chain_id=fields.integer("chain_id", 1, _UINT64),
        registry=fields.address("registry"),
        market=fields.address("market"),
        metering=fields.address("metering"),
        settlement=fields.address("settlement"),
        currency=fields.address("currency"),
        energy=fields.address("energy"),
        consortia=fields.address("consortia"),
        directory=fields.address("directory"),
        timelock=fields.optional_address("timelock"),
        agents=fields.address("agents"),
        order_entry=fields.address("order_entry"),
        disputes=fields.address("disputes"),
        block=fields.integer("block", 0, _UINT64),
    )
    fields.end()
    return chain


def _duration(seconds: int) -> int:
    if seconds not in DURATIONS:
        expected = f"one of {', '.join(map(str, DURATIONS))}"
        raise InvalidValueError("community.duration_s", expected, seconds)
    return seconds


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidValueError("day", "a date YYYY-MM-DD", text) from error
    if day.isoformat() != text:
        raise InvalidValueError("day", "a date YYYY-MM-DD", text)
    return day


def _time_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidValueError("time_zone", "a time zone of the IANA database", text) from error


def _issuer(text: str) -> str:
    public_key_of(text)
    return text
