"""Consortia: participants who own devices together, and their shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import PausableClient
from domain.units import Account


@dataclass(frozen=True, slots=True)
class ConsortiumMember:
    """A part in a consortium.

    Attributes:
        account: number of the participant in the registry.
        weight: its part of the sum of all weights, 1 to 2^32 - 1.
    """

    account: Account
    weight: int


@dataclass(frozen=True, slots=True)
class Consortium:
    """A consortium's entry.

    Attributes:
        consortium: its number.
        agreement_hash: Keccak-256 of the agreement on which it rests, 32 bytes.
        total_weight: sum of its members' weights.
    """

    consortium: int
    agreement_hash: bytes
    total_weight: int


class ConsortiaClient(PausableClient):
    """The consortia contract."""

    contract: ClassVar[str] = "Consortia"

    def create_consortium(
        self, agreement_hash: bytes, members: Sequence[ConsortiumMember], devices: Sequence[int]
    ) -> Call:
        """Create a consortium; it gets the next number. Only the registrar.

        Args:
            agreement_hash: of the agreement on which it rests, 32 bytes.
            members: at least one, each account once.
            devices: numbers in the registry, of no other consortium; there may be none.
        """
        listed = [(member.account, member.weight) for member in members]
        return self._call("createConsortium", agreement_hash, listed, list(devices))

    def replace_agreement(self, consortium: int, agreement_hash: bytes) -> Call:
        """Name the agreement on which changes rest from now on. Only the registrar."""
        return self._call("replaceAgreement", consortium, agreement_hash)

    def add_member(self, consortium: int, account: int, weight: int) -> Call:
        """Add a member. Only the registrar."""
        return self._call("addMember", consortium, account, weight)

    def set_weight(self, consortium: int, account: int, weight: int) -> Call:
        """Change a member's weight. Only the registrar."""
        return self._call("setWeight", consortium, account, weight)

    def remove_member(self, consortium: int, account: int) -> Call:
        """Remove a member that is not the last. Only the registrar or the member's wallet."""
        return self._call("removeMember", consortium, account)

    def add_device(self, consortium: int, device: int) -> Call:
        """Add a device. Only the registrar."""
        return self._call("addDevice", consortium, device)

    def remove_device(self, consortium: int, device: int) -> Call:
        """Remove a device. Only the registrar."""
        return self._call("removeDevice", consortium, device)

    def consortium_count(self) -> int:
        """Return how many consortia were ever created: the last number."""
        return int(self._read_one("consortiumCount"))

    def consortium(self, consortium: int) -> Consortium | None:
        """Return a consortium's entry, or None where there is none."""
        agreement_hash, total_weight = self._read("consortium", consortium)
        if total_weight == 0:
            return None
        return Consortium(consortium, agreement_hash, total_weight)

    def members_of(self, consortium: int) -> list[ConsortiumMember]:
        """Return all members, in no particular sequence."""
        return _members(self._read_one("membersOf", consortium))

    def devices_of(self, consortium: int) -> list[int]:
        """Return the numbers of all devices, in no particular sequence."""
        return list(self._read_one("devicesOf", consortium))

    def weight_of(self, consortium: int, account: int) -> int:
        """Return a participant's weight, 0 where it is no member."""
        return int(self._read_one("weightOf", consortium, account))

    def consortium_of(self, device: int) -> int | None:
        """Return the number of a device's consortium, or None."""
        return self._read_one("consortiumOf", device) or None

    def shares_of(self, consortium: int, amount: int) -> dict[Account, int]:
        """Share an amount out by the members' weights (largest remainder, then lower account).

        Args:
            consortium: whose members.
            amount: any unit, 0 to 2^128 - 1.

        Returns:
            Each account's share; they add up to the amount.

        Raises:
            ContractRefusedError: ``UnknownConsortium``.
        """
        members, amounts = self._read("sharesOf", consortium, amount)
        return {
            member.account: share for member, share in zip(_members(members), amounts, strict=True)
        }

    def max_members(self) -> int:
        """Return how many members a consortium can have."""
        return int(self._read_one("MAX_MEMBERS"))

    def max_devices(self) -> int:
        """Return how many devices a consortium can have."""
        return int(self._read_one("MAX_DEVICES"))

    def registrar_role(self) -> bytes:
        """Return the role that creates and changes consortia."""
        return bytes(self._read_one("REGISTRAR_ROLE"))


def _members(listed: Iterable[tuple[int, int]]) -> list[ConsortiumMember]:
    return [ConsortiumMember(Account(account), weight) for account, weight in listed]
