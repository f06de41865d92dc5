"""Who governs a market after its set-up: the hand-over to a timelock, and what it applies to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chain.abi import contract_abi
from chain.calls import Call
from domain.errors import InvalidValueError

NAME_BYTES: Final = 32
"""What a name of the directory has at most."""


@dataclass(frozen=True, slots=True)
class Governance:
    """Who governs a market once it is set up.

    Attributes:
        proposers: addresses that schedule what the timelock does, and cancel it; at least one.
        delay: seconds that it lies open before anybody can execute it, 86,400 to 2,592,000.
    """

    proposers: tuple[str, ...]
    delay: int = 172_800


def governed_contracts(names: Mapping[str, str]) -> dict[str, str]:
    """Return those of some contracts whose one admin is exchanged in two steps.

    Args:
        names: names of contracts by their addresses.
    """
    return _with_function(names, "beginDefaultAdminTransfer")


def pausable_contracts(names: Mapping[str, str]) -> dict[str, str]:
    """Return those of some contracts that a pauser can pause.

    Args:
        names: names of contracts by their addresses.
    """
    return _with_function(names, "PAUSER_ROLE")


def hand_over(names: Mapping[str, str], next_admin: str) -> list[Call]:
    """Return the calls by which the admin announces another one; each can be taken back.

    Args:
        names: names of contracts by their addresses.
        next_admin: address that can accept after the contracts' delay of a day.
    """
    return [
        _call(contract, address, "beginDefaultAdminTransfer", next_admin)
        for address, contract in governed_contracts(names).items()
    ]


def acceptances(names: Mapping[str, str]) -> list[Call]:
    """Return the calls by which the announced admin of contracts becomes the admin.

    Args:
        names: names of contracts by their addresses.
    """
    return [
        _call(contract, address, "acceptDefaultAdminTransfer")
        for address, contract in governed_contracts(names).items()
    ]


def directory_entries(names: Mapping[str, str], directory: str) -> list[Call]:
    """Return the calls by which the admin enters contracts in a directory, the directory too.

    Args:
        names: names of contracts by their addresses.
        directory: address of the directory.
    """
    return [
        _call("Directory", directory, "set", name_word(contract), address)
        for address, contract in names.items()
    ]


def name_word(name: str) -> bytes:
    """Write a name of the directory as the contract does: ASCII filled up with zero bytes.

    Raises:
        InvalidValueError: where it has no or more than 32 characters, or others than ASCII's.
    """
    if not name.isascii() or not name.isprintable() or not 0 < len(name) <= NAME_BYTES:
        raise InvalidValueError("name", f"1 to {NAME_BYTES} printable ASCII characters", name)
    return name.encode().ljust(NAME_BYTES, b"\0")


def read_name(word: bytes) -> str:
    """Read a name of the directory from its 32 bytes; what is no text is shown as digits."""
    text = word.rstrip(b"\0")
    return text.decode() if text.isascii() else "0x" + word.hex()


def _with_function(names: Mapping[str, str], function: str) -> dict[str, str]:
    return {
        address: contract
        for address, contract in names.items()
        if function in contract_abi(contract).functions
    }


def _call(contract: str, address: str, function: str, *arguments: str | bytes) -> Call:
    data = contract_abi(contract).functions[function].encode(*arguments)
    return Call(address, data, f"{contract}.{function}")
