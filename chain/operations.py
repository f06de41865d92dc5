"""What a timelock does: operations to schedule, and those that were scheduled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from chain.abi import SELECTOR_BYTES, contract_abi, decode_values
from chain.calls import Call
from chain.connection import Chain
from chain.contracts.governance import TimelockClient
from chain.deployment import Deployment
from chain.events import (
    CallExecuted,
    CallSalt,
    CallScheduled,
    Cancelled,
    ContractEvent,
    read_events,
)
from chain.governance import acceptances
from domain.errors import InvalidValueError
from identity.hashing import keccak256

NONE: Final = bytes(32)
"""No predecessor, or no salt."""


class Stage(StrEnum):
    """How far a scheduled operation is."""

    WAITING = "waiting"
    READY = "ready"
    EXECUTED = "executed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Operation:
    """Calls of the timelock's, all of them or none, in sequence.

    Attributes:
        targets: addresses of the contracts to call.
        payloads: calldata, one a target.
        predecessor: number of the operation that must be executed before; zeros for none.
        salt: 32 bytes that make the operation different from an equal one; may be zeros.
        values: Ether to send along, wei; by default none.
        is_single: whether one call was scheduled alone, which gives it another number.
        id: its number, 32 bytes.
    """

    targets: tuple[str, ...]
    payloads: tuple[bytes, ...]
    predecessor: bytes = NONE
    salt: bytes = NONE
    values: tuple[int, ...] = ()
    is_single: bool = False
    id: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not self.values:
            object.__setattr__(self, "values", (0,) * len(self.targets))
        object.__setattr__(self, "id", self._id())

    def _id(self) -> bytes:
        name = "hashOperation" if self.is_single else "hashOperationBatch"
        # The number is the hash of the same words that the contract's view takes as arguments.
        encoded = contract_abi("Timelock").functions[name].encode(*_arguments(self))
        return keccak256(encoded[SELECTOR_BYTES:])

    def schedule(self, timelock: TimelockClient, delay: int | None = None) -> Call:
        """Return the proposer's call; the delay is in seconds, by default the timelock's."""
        seconds = timelock.get_min_delay() if delay is None else delay
        send = timelock.schedule if self.is_single else timelock.schedule_batch
        arguments = (*_arguments(self), seconds)
        return send(*arguments)

    def execute(self, timelock: TimelockClient) -> Call:
        """Return the call by which anybody executes it after its delay."""
        send = timelock.execute if self.is_single else timelock.execute_batch
        return send(*_arguments(self))


@dataclass(frozen=True, slots=True)
class ScheduledOperation:
    """An operation that a proposer scheduled.

    Attributes:
        operation: what it does.
        scheduled_at: UTC second of its block.
        ready_at: UTC second from which on anybody can execute it.
        stage: how far it is.
    """

    operation: Operation
    scheduled_at: int
    ready_at: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class DescribedCall:
    """A call of an operation in words of the contract.

    Attributes:
        contract: its name, or its address where it is none of the market's.
        function: its name, or its selector where the contract has none such.
        arguments: by their names in the contract; empty where the calldata does not hold them.
    """

    contract: str
    function: str
    arguments: Mapping[str, Any]


def operation_of(calls: Iterable[Call], *, salt: bytes = NONE) -> Operation:
    """Make an operation of calls that the clients return.

    Args:
        calls: of the contracts that the timelock administers, in sequence.
        salt: 32 bytes, other than zeros where the same was done before.

    Raises:
        InvalidValueError: where there is no call, or one that creates a contract.
    """
    listed = list(calls)
    targets = tuple(call.to for call in listed if call.to is not None)
    if not listed or len(targets) != len(listed):
        labels = [call.label for call in listed]
        raise InvalidValueError("calls", "at least one, of existing contracts only", labels)
    return Operation(targets, tuple(call.data for call in listed), salt=salt)


def acceptance(deployment: Deployment) -> Operation:
    """Return the operation by which a market's timelock becomes the admin of its contracts.

    It can be executed a day after the admin announced the timelock, and after the timelock's delay.

    Args:
        deployment: of the market, with a timelock.

    Raises:
        InvalidValueError: where it has none.
    """
    if deployment.timelock is None:
        raise InvalidValueError("timelock", "a deployment with governance", None)
    return operation_of(acceptances(deployment.names))


def scheduled_operations(chain: Chain, deployment: Deployment) -> list[ScheduledOperation]:
    """Return what was ever scheduled, in sequence, as the timelock's events tell.

    Args:
        chain: where to read.
        deployment: of the market; without a timelock there is nothing.

    Raises:
        InvalidValueError: where the deployment is on another chain.
        ChainError: where the node does not answer.
    """
    drafts: list[_Draft] = []
    current: dict[bytes, _Draft] = {}
    for event in read_events(chain, deployment):
        if isinstance(event, CallScheduled) and event.index == 0:
            current[event.id] = _Draft(event)
            drafts.append(current[event.id])
        elif isinstance(event, (CallScheduled, CallSalt, CallExecuted, Cancelled)):
            current[event.id].take(event)
    return [draft.finish(chain.block_time()) for draft in drafts]


def describe(operation: Operation, names: Mapping[str, str]) -> list[DescribedCall]:
    """Say what an operation calls.

    Args:
        operation: any.
        names: names of contracts by their addresses, as of ``Deployment.names``.
    """
    pairs = zip(operation.targets, operation.payloads, strict=True)
    return [_describe(target, payload, names) for target, payload in pairs]


class _Draft:
    """An operation whose events are being read."""

    def __init__(self, first: CallScheduled) -> None:
        self._calls = [first]
        self._salt = NONE
        self._stage: Stage | None = None

    def take(self, event: ContractEvent) -> None:
        if isinstance(event, CallScheduled):
            self._calls.append(event)
        elif isinstance(event, CallSalt):
            self._salt = event.salt
        elif isinstance(event, CallExecuted):
            self._stage = Stage.EXECUTED
        else:
            self._stage = Stage.CANCELLED

    def finish(self, now: int) -> ScheduledOperation:
        first = self._calls[0]
        ready_at = first.block_time + first.delay
        waiting = Stage.READY if now >= ready_at else Stage.WAITING
        return ScheduledOperation(
            self._operation(first), first.block_time, ready_at, self._stage or waiting
        )

    def _operation(self, first: CallScheduled) -> Operation:
        operation = Operation(
            targets=tuple(call.target for call in self._calls),
            payloads=tuple(call.data for call in self._calls),
            predecessor=first.predecessor,
            salt=self._salt,
            values=tuple(call.value for call in self._calls),
        )
        return operation if operation.id == first.id else replace(operation, is_single=True)


def _arguments(operation: Operation) -> Sequence[Any]:
    if operation.is_single:
        (target,), (value,), (payload,) = operation.targets, operation.values, operation.payloads
        return target, value, payload, operation.predecessor, operation.salt
    listed = list(operation.targets), list(operation.values), list(operation.payloads)
    return *listed, operation.predecessor, operation.salt


def _describe(target: str, payload: bytes, names: Mapping[str, str]) -> DescribedCall:
    contract = names.get(target)
    selector = payload[:SELECTOR_BYTES]
    functions = contract_abi(contract).functions.values() if contract else ()
    found = next((one for one in functions if one.selector == selector), None)
    if contract is None or found is None:
        return DescribedCall(contract or target, "0x" + selector.hex(), {})
    values = decode_values(found.name, found.inputs, payload[SELECTOR_BYTES:])
    named = {one.name: value for one, value in zip(found.inputs, values, strict=True)}
    return DescribedCall(contract, found.name, named)
