"""Functions, errors and events of the contracts, read from their ABIs (Solidity ABI, version 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError

from chain.artifacts import load_artifact
from chain.words import WORD_BYTES, read_words, word_readers
from domain.errors import InvalidValueError
from identity.address import address_bytes, checksum_address
from identity.hashing import keccak256

SELECTOR_BYTES: Final = 4
_WORD_BOUNDARY: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named value in a function, an error or an event.

    Attributes:
        name: as in the contract.
        type: canonical ABI type, tuples written out.
        indexed: whether an event holds it in a topic.
    """

    name: str
    type: str
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """An external function of a contract.

    Attributes:
        name: as in the contract.
        inputs: its parameters.
        outputs: its return values.
        changes_state: whether it needs a transaction.
        selector: the 4 bytes that call it.
    """

    name: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]
    changes_state: bool
    selector: bytes = field(init=False)

    def __post_init__(self) -> None:
        selector = keccak256(signature(self.name, self.inputs).encode())[:SELECTOR_BYTES]
        object.__setattr__(self, "selector", selector)

    def encode(self, *arguments: Any) -> bytes:
        """Return the calldata of a call.

        Raises:
            InvalidValueError: where the arguments do not fit the parameters.
        """
        return self.selector + encode_values(self.name, self.inputs, arguments)

    def arguments(self, calldata: bytes) -> tuple[Any, ...]:
        """Read a call's arguments back.

        Raises:
            InvalidValueError: where it is no call of the function.
        """
        if calldata[:SELECTOR_BYTES] != self.selector:
            got = calldata[:SELECTOR_BYTES]
            raise InvalidValueError("calldata", f"a call of {self.name}", got)
        return decode_values(self.name, self.inputs, calldata[SELECTOR_BYTES:])

    def decode(self, returned: bytes) -> tuple[Any, ...]:
        """Read what a call returned.

        Raises:
            InvalidValueError: where it is not what the function returns.
        """
        return decode_values(f"result of {self.name}", self.outputs, returned)


@dataclass(frozen=True, slots=True)
class Failure:
    """A custom error of a contract.

    Attributes:
        name: as in the contract.
        inputs: its parameters.
        selector: the 4 bytes that returned data begins with.
    """

    name: str
    inputs: tuple[Parameter, ...]
    selector: bytes = field(init=False)

    def __post_init__(self) -> None:
        selector = keccak256(signature(self.name, self.inputs).encode())[:SELECTOR_BYTES]
        object.__setattr__(self, "selector", selector)

    def decode(self, data: bytes) -> dict[str, Any]:
        """Read the arguments by name from returned data, selector included.

        Raises:
            InvalidValueError: where the data do not fit.
        """
        values = decode_values(self.name, self.inputs, data[SELECTOR_BYTES:])
        return dict(zip((parameter.name for parameter in self.inputs), values, strict=True))


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a contract.

    Attributes:
        name: as in the contract.
        inputs: its parameters, indexed or not, in sequence.
        topic: the 32 bytes of the first topic.
    """

    name: str
    inputs: tuple[Parameter, ...]
    topic: bytes = field(init=False)
    _indexed: tuple[Parameter, ...] = field(init=False, repr=False)
    _plain: tuple[Parameter, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        topic = keccak256(signature(self.name, self.inputs).encode())
        object.__setattr__(self, "topic", topic)
        indexed = tuple(parameter for parameter in self.inputs if parameter.indexed)
        plain = tuple(parameter for parameter in self.inputs if not parameter.indexed)
        object.__setattr__(self, "_indexed", indexed)
        object.__setattr__(self, "_plain", plain)

    def decode(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """Read a log's values by name.

        Raises:
            InvalidValueError: where the log is not of this event.
        """
        if not topics or topics[0] != self.topic or len(topics) != len(self._indexed) + 1:
            raise InvalidValueError("topics", f"those of {self.name}", topics)
        if any(len(topic) != WORD_BYTES for topic in topics):
            raise InvalidValueError("topics", f"{WORD_BYTES} bytes each", topics)
        # An indexed value of a type that is not one word would be its hash; no event here has one.
        found = iter(decode_values(self.name, self._indexed, b"".join(topics[1:])))
        rest = iter(decode_values(self.name, self._plain, data))
        return {
            parameter.name: next(found if parameter.indexed else rest) for parameter in self.inputs
        }


@dataclass(frozen=True, slots=True)
class ContractAbi:
    """All that a contract offers, by name.

    Attributes:
        functions: external functions; none is overloaded in these contracts.
        failures: custom errors, those of libraries and base contracts included.
        events: events, those of base contracts included.
    """

    functions: Mapping[str, Function]
    failures: Mapping[str, Failure]
    events: Mapping[str, Event]


@cache
def contract_abi(contract: str) -> ContractAbi:
    """Return the ABI of a compiled contract.

    Raises:
        MissingArtifactError: where it was not compiled.
    """
    entries = load_artifact(contract)["abi"]
    return ContractAbi(
        functions={e["name"]: _function(e) for e in entries if e["type"] == "function"},
        failures={
            e["name"]: Failure(e["name"], _parameters(e["inputs"]))
            for e in entries
            if e["type"] == "error"
        },
        events={
            e["name"]: Event(e["name"], _parameters(e["inputs"]))
            for e in entries
            if e["type"] == "event"
        },
    )


def creation_code(contract: str, *arguments: Any) -> bytes:
    """Return what a transaction has to carry to create a contract.

    Args:
        contract: name of a compiled contract.
        arguments: of its constructor.

    Raises:
        MissingArtifactError: where it was not compiled.
        InvalidValueError: where the arguments do not fit.
    """
    artifact = load_artifact(contract)
    constructors = [entry for entry in artifact["abi"] if entry["type"] == "constructor"]
    parameters = _parameters(constructors[0]["inputs"]) if constructors else ()
    encoded = encode_values(f"constructor of {contract}", parameters, arguments)
    return bytes.fromhex(artifact["bytecode"].removeprefix("0x")) + encoded


def signature(name: str, parameters: Sequence[Parameter]) -> str:
    """Return the canonical signature that selectors and topics are hashed from."""
    return f"{name}({','.join(parameter.type for parameter in parameters)})"


def encode_values(what: str, parameters: Sequence[Parameter], values: Sequence[Any]) -> bytes:
    """Encode values one after the other, as a call's arguments are.

    Raises:
        InvalidValueError: naming ``what``, where they do not fit.
    """
    types = [parameter.type for parameter in parameters]
    try:
        return encode(types, values)
    except (EncodingError, ValueError, TypeError) as error:
        expected = f"({', '.join(types)}) ({error})"
        raise InvalidValueError(f"arguments of {what}", expected, tuple(values)) from error


def decode_values(what: str, parameters: Sequence[Parameter], data: bytes) -> tuple[Any, ...]:
    """Decode values; addresses come in the mixed case of EIP-55.

    Raises:
        InvalidValueError: naming ``what``, where the bytes do not hold them.
    """
    types = tuple(parameter.type for parameter in parameters)
    readers = word_readers(types)
    try:
        if readers is not None:
            return read_words(readers, data)
        values = decode(types, data)
    except (DecodingError, ValueError, OverflowError) as error:
        expected = f"({', '.join(types)}) ({error})"
        raise InvalidValueError(what, expected, data) from error
    return tuple(
        _with_checksums(value) if "address" in parameter.type else value
        for parameter, value in zip(parameters, values, strict=True)
    )


def snake_case(name: str) -> str:
    """Write a contract's name as Python does: ``feedIn`` as ``feed_in``, ``OPERATOR_ROLE`` so."""
    return _WORD_BOUNDARY.sub("_", name).lower()


def _with_checksums(value: Any) -> Any:
    if isinstance(value, str):
        return checksum_address(address_bytes(value))
    if isinstance(value, tuple):
        return tuple(_with_checksums(item) for item in value)
    return value


def _function(entry: Mapping[str, Any]) -> Function:
    return Function(
        entry["name"],
        _parameters(entry["inputs"]),
        _parameters(entry["outputs"]),
        entry["stateMutability"] not in ("view", "pure"),
    )


def _parameters(entries: Sequence[Mapping[str, Any]]) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(entry["name"], _canonical_type(entry), entry.get("indexed", False))
        for entry in entries
    )


def _canonical_type(entry: Mapping[str, Any]) -> str:
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return kind
    members = ",".join(_canonical_type(component) for component in entry["components"])
    return f"({members}){kind.removeprefix('tuple')}"
