"""Reading the contracts' events from the chain."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from chain.abi import Event, contract_abi, snake_case
from chain.connection import Chain
from chain.contracts.agents import read_mandate
from chain.contracts.disputes import ChallengeKind
from chain.contracts.registry import DeviceRelation, ParticipantRole
from chain.events import delivery, types
from chain.events.types import ContractEvent
from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.trade import ClearingStatus
from identity.address import address_bytes, checksum_address
from identity.attestation import CorrectionReason

BLOCKS_AT_ONCE: Final = 1000
"""Nodes limit the blocks that one request may search."""

_DOMAIN_TYPES: Final[Mapping[tuple[str, str], Callable[[Any], Any]]] = {
    ("interval", "uint96"): Interval.unpack,
    ("status", "uint8"): ClearingStatus,
    ("role", "uint8"): ParticipantRole,
    ("relation", "uint8"): DeviceRelation,
    ("reason", "uint8"): CorrectionReason,
    ("mandate", "(uint40,uint40,uint8,uint32,int32,int32)"): read_mandate,
    ("kind", "uint8"): ChallengeKind,
}
_DELIVERY_TYPES: Final = {**_DOMAIN_TYPES, **delivery.DOMAIN_TYPES}
_STATEMENTS: Final = (types.ReadingsAttested.__name__, types.ReadingsCorrected.__name__)


class Deployed(Protocol):
    """Contracts on a chain, such as those of a market or of stored energy."""

    @property
    def block(self) -> int:
        """Number of the block that holds the first of them."""

    @property
    def names(self) -> dict[str, str]:
        """The contracts' names by their addresses."""

    def require_chain(self, chain: Chain) -> None:
        """Check that a chain is the one that the contracts are on."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the logs of one event become values.

    Attributes:
        event: decodes them.
        make: the event's class.
        fields: the class's field for each of the event's parameters.
        convert: what turns a field's value into the domain's type, where it has one.
    """

    event: Event
    make: type[ContractEvent]
    fields: Mapping[str, str]
    convert: Mapping[str, Callable[[Any], Any]]


def read_events(
    chain: Chain,
    deployment: Deployed,
    first_block: int = 0,
    last_block: int | None = None,
    *,
    kinds: Collection[type[ContractEvent]] | None = None,
) -> list[ContractEvent]:
    """Return the events of all contracts of a deployment, in the chain's order.

    A gateway may attest an interval that no community can have, one of a minute for example, which
    the metering contract cannot tell. Such a statement concerns nobody and is passed over, so
    that a gateway cannot stop those who read the chain.

    Args:
        chain: where to read.
        deployment: whose events, a market's or those of one contract beside it.
        first_block: number of the first block to search.
        last_block: number of the last one, by default the latest.
        kinds: what to search for, by default everything.

    Raises:
        InvalidValueError: where a contract emitted what its ABI does not know.
        ChainError: where the node does not answer.
    """
    deployment.require_chain(chain)
    last = chain.block_number() if last_block is None else last_block
    names = deployment.names
    query: dict[str, Any] = {"address": list(names)}
    if kinds is not None:
        query["topics"] = [_topics(names.values(), kinds)]
    read = (
        _read_event(chain, names, log)
        for begin in range(max(first_block, deployment.block), last + 1, BLOCKS_AT_ONCE)
        for log in _logs(chain, query, begin, min(begin + BLOCKS_AT_ONCE - 1, last))
    )
    return [event for event in read if event is not None]


def event_field(name: str) -> str:
    """Return the field of an event's class that holds a parameter of the contract's."""
    field = snake_case(name)
    return field + "_" if keyword.iskeyword(field) else field


def _logs(
    chain: Chain, query: Mapping[str, Any], first: int, last: int
) -> Iterator[dict[str, Any]]:
    blocks = {"fromBlock": hex(first), "toBlock": hex(last)}
    yield from chain.rpc.request("eth_getLogs", {**query, **blocks})


def _topics(contracts: Iterable[str], kinds: Collection[type[ContractEvent]]) -> list[str]:
    """Return the first topics of some events, whichever contracts announce them."""
    names = {kind.__name__ for kind in kinds}
    return [
        f"0x{event.topic.hex()}"
        for event in dict.fromkeys(
            event for one in contracts for event in contract_abi(one).events.values()
        )
        if event.name in names
    ]


def _read_event(
    chain: Chain, names: Mapping[str, str], log: Mapping[str, Any]
) -> ContractEvent | None:
    contract = names[checksum_address(address_bytes(log["address"]))]
    topics = [bytes.fromhex(topic.removeprefix("0x")) for topic in log["topics"]]
    kind = _kinds(contract).get(topics[0] if topics else b"")
    if kind is None:
        raise InvalidValueError("log", f"an event of {contract}", log["topics"])
    values = kind.event.decode(topics, bytes.fromhex(log["data"].removeprefix("0x")))
    if kind.event.name in _STATEMENTS and not _is_interval(values["interval"]):
        return None
    number = int(log["blockNumber"], 16)
    return kind.make(
        contract=contract,
        block_number=number,
        block_time=_block_time(chain, number, log),
        transaction_hash=bytes.fromhex(log["transactionHash"].removeprefix("0x")),
        log_index=int(log["logIndex"], 16),
        **_fields(kind, values),
    )


def _fields(kind: _Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    fields = {kind.fields[name]: value for name, value in values.items()}
    for field, convert in kind.convert.items():
        fields[field] = convert(fields[field])
    return fields


def _is_interval(packed: int) -> bool:
    try:
        Interval.unpack(packed)
    except InvalidValueError:
        return False
    return True


def _block_time(chain: Chain, number: int, log: Mapping[str, Any]) -> int:
    carried = log.get("blockTimestamp")
    return chain.block_time(number) if carried is None else int(carried, 16)


@cache
def _kinds(contract: str) -> dict[bytes, _Kind]:
    return {event.topic: _kind(event) for event in contract_abi(contract).events.values()}


def _kind(event: Event) -> _Kind:
    # The same name can stand for another enumeration in the delivery contracts.
    ours = hasattr(types, event.name)
    domain_types = _DOMAIN_TYPES if ours else _DELIVERY_TYPES
    converters = {one.name: domain_types.get((one.name, one.type)) for one in event.inputs}
    return _Kind(
        event=event,
        make=getattr(types if ours else delivery, event.name),
        fields={one.name: event_field(one.name) for one in event.inputs},
        convert={
            event_field(name): convert
            for name, convert in converters.items()
            if convert is not None
        },
    )
