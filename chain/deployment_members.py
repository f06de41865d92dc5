"""Deployments as members of JSON objects: whole numbers, addresses in lower case, null."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from domain.errors import InvalidValueError
from domain.units import require_range
from identity.address import address_bytes, checksum_address

_NUMBERS: Final = ("chain_id", "block")
_MAX_NUMBER: Final = 2**63 - 1


def write_members(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deployment's fields as members of a JSON object."""
    return {
        name: value.lower() if isinstance(value, str) else value for name, value in values.items()
    }


def read_members(
    what: str, names: Collection[str], members: Mapping[str, Any], optional: Collection[str] = ()
) -> dict[str, Any]:
    """Read what ``write_members`` returns.

    Args:
        what: what is read, for the error.
        names: of the fields, in sequence; all of them addresses but ``chain_id`` and ``block``.
        members: of the JSON object.
        optional: names of those fields that may be null.

    Raises:
        InvalidValueError: naming the member that is missing, unknown or wrong.
    """
    if set(members) != set(names):
        raise InvalidValueError(what, f"the members {', '.join(names)}", list(members))
    return {name: _read_member(name, members[name], optional) for name in names}


def _read_member(name: str, value: Any, optional: Collection[str]) -> Any:
    if name in _NUMBERS:
        require_range(name, value, 0, _MAX_NUMBER)
        return value
    if value is None and name in optional:
        return None
    if not isinstance(value, str):
        raise InvalidValueError(name, "an address", value)
    return checksum_address(address_bytes(value, name))
