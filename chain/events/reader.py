"""Reading the contracts' events from the chain."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from chain.abi import Event, contract_abi, snake_case
from chain.artifacts import CONTRACT_NAMES
from chain.connection import Chain
from chain.contracts.registry import ParticipantRole
from chain.deployment import Deployment
from chain.events import types
from chain.events.types import ContractEvent
from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.trade import ClearingStatus
from identity.address import address_bytes, checksum_address

BLOCKS_AT_ONCE: Final = 1000
"""Nodes limit the blocks that one request may search."""

_DOMAIN_TYPES: Final = {
    ("interval", "uint96"): Interval.unpack,
    ("status", "uint8"): ClearingStatus,
    ("role", "uint8"): ParticipantRole,
}


def read_events(
    chain: Chain, deployment: Deployment, first_block: int = 0, last_block: int | None = None
) -> list[ContractEvent]:
    """Return the events of all contracts of a deployment, in the chain's order.

    Args:
        chain: where to read.
        deployment: whose events.
        first_block: number of the first block to search.
        last_block: number of the last one, by default the latest.

    Raises:
        InvalidValueError: where a contract emitted what its ABI does not know.
        ChainError: where the node does not answer.
    """
    deployment.require_chain(chain)
    last = chain.block_number() if last_block is None else last_block
    return [
        _read_event(chain, deployment.names, log)
        for begin in range(max(first_block, deployment.block), last + 1, BLOCKS_AT_ONCE)
        for log in _logs(chain, deployment, begin, min(begin + BLOCKS_AT_ONCE - 1, last))
    ]


def event_field(name: str) -> str:
    """Return the field of an event's class that holds a parameter of the contract's."""
    field = snake_case(name)
    return field + "_" if keyword.iskeyword(field) else field


def _logs(chain: Chain, deployment: Deployment, first: int, last: int) -> Iterator[dict[str, Any]]:
    query = {
        "fromBlock": hex(first),
        "toBlock": hex(last),
        "address": list(deployment.names),
    }
    yield from chain.rpc.request("eth_getLogs", query)


def _read_event(chain: Chain, names: Mapping[str, str], log: Mapping[str, Any]) -> ContractEvent:
    contract = names[checksum_address(address_bytes(log["address"]))]
    topics = [bytes.fromhex(topic.removeprefix("0x")) for topic in log["topics"]]
    event = _events_by_topic(contract).get(topics[0] if topics else b"")
    if event is None:
        raise InvalidValueError("log", f"an event of {contract}", log["topics"])
    values = event.decode(topics, bytes.fromhex(log["data"].removeprefix("0x")))
    number = int(log["blockNumber"], 16)
    event_class: type[ContractEvent] = getattr(types, event.name)
    return event_class(
        contract=contract,
        block_number=number,
        block_time=_block_time(chain, number, log),
        transaction_hash=bytes.fromhex(log["transactionHash"].removeprefix("0x")),
        log_index=int(log["logIndex"], 16),
        **{
            event_field(parameter.name): _domain_value(parameter.name, parameter.type, value)
            for parameter, value in zip(event.inputs, values.values(), strict=True)
        },
    )


def _domain_value(name: str, kind: str, value: Any) -> Any:
    convert = _DOMAIN_TYPES.get((name, kind))
    return value if convert is None else convert(value)


def _block_time(chain: Chain, number: int, log: Mapping[str, Any]) -> int:
    carried = log.get("blockTimestamp")
    return chain.block_time(number) if carried is None else int(carried, 16)


@lru_cache(maxsize=len(CONTRACT_NAMES))
def _events_by_topic(contract: str) -> dict[bytes, Event]:
    return {event.topic: event for event in contract_abi(contract).events.values()}
