"""Refusals of contracts as named Python exceptions, made from the contracts' ABIs.

RefusedError
└── ContractRefusedError           any refusal
    ├── PriceRuleViolated          one class for each custom error, by its name in the contract
    ├── GateClosed
    ├── ...
    ├── Error                      a plain ``require`` with a sentence
    ├── Panic                      a failed assertion of the compiler's (overflow, index, ...)
    └── Reverted                   a refusal without a word, or with one that no ABI explains

Every class is an attribute of this module: ``from chain.errors import PriceRuleViolated``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final

from chain.abi import Failure, Parameter, contract_abi, snake_case
from chain.artifacts import CONTRACT_NAMES
from chain.roles import ROLE_NAMES
from domain.errors import InvalidValueError, RefusedError

_ERROR: Final = Failure("Error", (Parameter("message", "string"),))
_PANIC: Final = Failure("Panic", (Parameter("code", "uint256"),))
_PANIC_MEANINGS: Final = {
    0x01: "a failed assertion",
    0x11: "an arithmetic overflow",
    0x12: "a division by zero",
    0x21: "an invalid enum value",
    0x32: "an index out of bounds",
    0x41: "too much memory",
}
"""Solidity documentation, 'Panic via assert and Error via require'."""


class ContractRefusedError(RefusedError):
    """A contract refused a call or a transaction.

    Attributes:
        name: the error's name in the contract, of this class.
        error: the same, of the instance.
        arguments: the error's arguments by their names in the contract.
    """

    name: ClassVar[str] = "Reverted"

    def __init__(self, arguments: Mapping[str, Any] | None = None) -> None:
        self.error = self.name
        self.arguments = dict(arguments or {})
        shown = ", ".join(f"{key}={_show(value)}" for key, value in self.arguments.items())
        super().__init__(_kebab_case(self.name), f"the contract refused: {self.name}({shown})")


def refusal_class(name: str) -> type[ContractRefusedError]:
    """Return the exception class of a custom error.

    Raises:
        KeyError: where no contract has such an error.
        MissingArtifactError: where the contracts were not compiled.
    """
    return _classes()[name]


def decode_refusal(data: bytes) -> ContractRefusedError:
    """Turn what a contract returned with its refusal into the exception that names it."""
    for failure in _failures().get(data[:4], ()):
        try:
            arguments = failure.decode(data)
        except InvalidValueError:
            continue
        if failure is _PANIC:
            arguments["meaning"] = _PANIC_MEANINGS.get(arguments["code"], "another failure")
        return _classes()[failure.name](arguments)
    return _classes()["Reverted"]({"data": data} if data else {})


def __getattr__(name: str) -> type[ContractRefusedError]:
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return refusal_class(name)
    except KeyError:
        raise AttributeError(f"no contract has an error {name!r}") from None


@lru_cache(maxsize=1)
def _failures() -> dict[bytes, list[Failure]]:
    found: dict[bytes, list[Failure]] = {}
    for failure in (_ERROR, _PANIC, *_custom_failures()):
        known = found.setdefault(failure.selector, [])
        if failure not in known:
            known.append(failure)
    return found


@lru_cache(maxsize=1)
def _classes() -> dict[str, type[ContractRefusedError]]:
    names = {"Error", "Panic", "Reverted", *(failure.name for failure in _custom_failures())}
    return {name: _make_class(name) for name in names}


def _custom_failures() -> list[Failure]:
    return [
        failure
        for contract in CONTRACT_NAMES
        for failure in contract_abi(contract).failures.values()
    ]


def _make_class(name: str) -> type[ContractRefusedError]:
    members = {"__module__": __name__, "__doc__": f"The contract's error {name}.", "name": name}
    return type(name, (ContractRefusedError,), members)


def _kebab_case(name: str) -> str:
    return snake_case(name).replace("_", "-")


def _show(value: Any) -> str:
    if isinstance(value, bytes):
        return ROLE_NAMES.get(value, "0x" + value.hex())
    return str(value)
