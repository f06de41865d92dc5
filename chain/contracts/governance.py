"""Governance: the timelock that administers a market's contracts, and where those are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar

from chain.calls import Call
from chain.contracts.client import AccessControlledClient, AdminRulesClient
from chain.governance import name_word, read_name
from identity.address import ZERO_ADDRESS


class OperationState(IntEnum):
    """Where an operation stands. The numbers are the contract's."""

    UNSET = 0
    WAITING = 1
    READY = 2
    DONE = 3


@dataclass(frozen=True, slots=True)
class ContractVersion:
    """What a name of the directory stood for.

    Attributes:
        deployed: address of the contract, or None where the name was withdrawn.
        since: UTC second from which on it did.
    """

    deployed: str | None
    since: int


class DirectoryClient(AdminRulesClient):
    """The directory of a market's contracts. Names are ASCII text of 1 to 32 characters."""

    contract: ClassVar[str] = "Directory"

    def set(self, name: str, deployed: str | None) -> Call:
        """Enter the contract that a name stands for from now on. Only the admin.

        Args:
            name: such as ``Market``.
            deployed: address of a contract; None withdraws the name.

        Raises:
            InvalidValueError: where the name is none.
        """
        return self._call("set", name_word(name), deployed or ZERO_ADDRESS)

    def address_of(self, name: str) -> str | None:
        """Return the contract that a name stands for, or None."""
        return _existing(self._read_one("addressOf", name_word(name)))

    def address_at(self, name: str, time: int) -> str | None:
        """Return the contract that a name stood for at a UTC second, or None."""
        return _existing(self._read_one("addressAt", name_word(name), time))

    def versions(self, name: str) -> list[ContractVersion]:
        """Return all that a name ever stood for, in sequence."""
        listed = self._read_one("versions", name_word(name))
        return [ContractVersion(_existing(deployed), since) for deployed, since in listed]

    def names(self) -> list[str]:
        """Return all names ever entered, in sequence."""
        return [read_name(word) for word in self._read_one("names")]

    def max_names(self) -> int:
        """Return how many names the directory takes."""
        return int(self._read_one("MAX_NAMES"))

    def max_versions(self) -> int:
        """Return how many versions a name takes."""
        return int(self._read_one("MAX_VERSIONS"))


class TimelockClient(AccessControlledClient):
    """The timelock (OpenZeppelin TimelockController), which administers itself.

    ``chain.operations`` says what to schedule and what was scheduled. Predecessors and salts have
    32 bytes; zeros are none. Values are Ether in wei, which nobody has on a network without fees.
    """

    contract: ClassVar[str] = "Timelock"

    def schedule(
        self, target: str, value: int, data: bytes, predecessor: bytes, salt: bytes, delay: int
    ) -> Call:
        """Schedule a call for after a delay of seconds. Only a proposer."""
        return self._call("schedule", target, value, data, predecessor, salt, delay)

    def schedule_batch(
        self,
        targets: Sequence[str],
        values: Sequence[int],
        payloads: Sequence[bytes],
        predecessor: bytes,
        salt: bytes,
        delay: int,
    ) -> Call:
        """Schedule calls that are all executed or none, in sequence. Only a proposer."""
        listed = list(targets), list(values), list(payloads)
        return self._call("scheduleBatch", *listed, predecessor, salt, delay)

    def cancel(self, id_: bytes) -> Call:
        """Cancel an operation that was not executed. Only a canceller."""
        return self._call("cancel", id_)

    def execute(
        self, target: str, value: int, payload: bytes, predecessor: bytes, salt: bytes
    ) -> Call:
        """Execute a scheduled call whose delay is over. Anybody."""
        return self._call("execute", target, value, payload, predecessor, salt)

    def execute_batch(
        self,
        targets: Sequence[str],
        values: Sequence[int],
        payloads: Sequence[bytes],
        predecessor: bytes,
        salt: bytes,
    ) -> Call:
        """Execute scheduled calls whose delay is over. Anybody."""
        listed = list(targets), list(values), list(payloads)
        return self._call("executeBatch", *listed, predecessor, salt)

    def update_delay(self, new_delay: int) -> Call:
        """Set the delay. Only the timelock itself, by an operation."""
        return self._call("updateDelay", new_delay)

    def hash_operation(
        self, target: str, value: int, data: bytes, predecessor: bytes, salt: bytes
    ) -> bytes:
        """Return the number of an operation of one call, 32 bytes."""
        return bytes(self._read_one("hashOperation", target, value, data, predecessor, salt))

    def hash_operation_batch(
        self,
        targets: Sequence[str],
        values: Sequence[int],
        payloads: Sequence[bytes],
        predecessor: bytes,
        salt: bytes,
    ) -> bytes:
        """Return the number of an operation of several calls, 32 bytes."""
        listed = list(targets), list(values), list(payloads)
        return bytes(self._read_one("hashOperationBatch", *listed, predecessor, salt))

    def get_operation_state(self, id_: bytes) -> OperationState:
        """Return where an operation stands."""
        return OperationState(self._read_one("getOperationState", id_))

    def get_timestamp(self, id_: bytes) -> int:
        """Return the UTC second from which on an operation is ready: 0 unset, 1 done."""
        return int(self._read_one("getTimestamp", id_))

    def get_min_delay(self) -> int:
        """Return how many seconds an operation has to lie open."""
        return int(self._read_one("getMinDelay"))

    def is_operation(self, id_: bytes) -> bool:
        """Tell whether an operation was scheduled and not cancelled."""
        return bool(self._read_one("isOperation", id_))

    def is_operation_pending(self, id_: bytes) -> bool:
        """Tell whether an operation waits for its execution."""
        return bool(self._read_one("isOperationPending", id_))

    def is_operation_ready(self, id_: bytes) -> bool:
        """Tell whether an operation can be executed."""
        return bool(self._read_one("isOperationReady", id_))

    def is_operation_done(self, id_: bytes) -> bool:
        """Tell whether an operation was executed."""
        return bool(self._read_one("isOperationDone", id_))

    def least_delay(self) -> int:
        """Return how many seconds an operation lies open at least."""
        return int(self._read_one("LEAST_DELAY"))

    def most_delay(self) -> int:
        """Return how many seconds can be required at most."""
        return int(self._read_one("MOST_DELAY"))

    def proposer_role(self) -> bytes:
        """Return the role that schedules."""
        return bytes(self._read_one("PROPOSER_ROLE"))

    def canceller_role(self) -> bytes:
        """Return the role that cancels."""
        return bytes(self._read_one("CANCELLER_ROLE"))

    def executor_role(self) -> bytes:
        """Return the role that executes."""
        return bytes(self._read_one("EXECUTOR_ROLE"))


def _existing(address: Any) -> str | None:
    return None if address == ZERO_ADDRESS else str(address)
