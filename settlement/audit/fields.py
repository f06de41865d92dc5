"""Reading the fields of a published object, each by its type and range, none left over."""

from __future__ import annotations

import re
from typing import Any, Final

from domain.errors import InvalidValueError
from domain.units import require_range
from identity.address import checksum_address

ADDRESS_BYTES: Final = 20
_HEXADECIMAL: Final = re.compile(r"0x(?:[0-9a-f]{2})*")


class Fields:
    """One object's fields. Every reader raises ``InvalidValueError`` naming the field."""

    def __init__(self, value: object, name: str = "") -> None:
        """Take an object apart.

        Args:
            value: what should be a JSON object.
            name: where it stands in the object around it, for errors.
        """
        if not isinstance(value, dict):
            raise InvalidValueError(name, "an object", value)
        self._rest: dict[str, Any] = dict(value)
        self._prefix = f"{name}." if name else ""

    def integer(self, name: str, low: int, high: int) -> int:
        """Take an integer from ``low`` to ``high``."""
        value = self._take(name)
        require_range(self._prefix + name, value, low, high)
        return int(value)

    def optional_integer(self, name: str, low: int, high: int) -> int | None:
        """Take an integer from ``low`` to ``high``, or null."""
        if self._is_null(name):
            return None
        return self.integer(name, low, high)

    def hexadecimal(self, name: str, size: int) -> bytes:
        """Take ``size`` bytes, written as 0x and lowercase digits."""
        return hexadecimal(self._take(name), self._prefix + name, size)

    def optional_hexadecimal(self, name: str, size: int) -> bytes | None:
        """Take ``size`` bytes, or null."""
        if self._is_null(name):
            return None
        return self.hexadecimal(name, size)

    def address(self, name: str) -> str:
        """Take an address in lowercase; it is returned as EIP-55 writes it."""
        return checksum_address(self.hexadecimal(name, ADDRESS_BYTES))

    def optional_address(self, name: str) -> str | None:
        """Take an address in lowercase, or null."""
        if self._is_null(name):
            return None
        return self.address(name)

    def text(self, name: str) -> str:
        """Take text."""
        value = self._take(name)
        if not isinstance(value, str):
            raise InvalidValueError(self._prefix + name, "text", value)
        return value

    def optional_text(self, name: str) -> str | None:
        """Take text, or null."""
        if self._is_null(name):
            return None
        return self.text(name)

    def boolean(self, name: str) -> bool:
        """Take true or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            raise InvalidValueError(self._prefix + name, "true or false", value)
        return value

    def constant(self, name: str, expected: str) -> str:
        """Take a text that can be only one."""
        value = self._take(name)
        if value != expected:
            raise InvalidValueError(self._prefix + name, repr(expected), value)
        return expected

    def objects(self, name: str) -> list[Fields]:
        """Take a list of objects."""
        return [
            Fields(value, f"{self._prefix}{name}[{at}]") for at, value in enumerate(self.list(name))
        ]

    def object(self, name: str) -> Fields:
        """Take an object apart in turn."""
        return Fields(self._take(name), self._prefix + name)

    def raw_object(self, name: str) -> dict[str, Any]:
        """Take an object whole."""
        value = self._take(name)
        if not isinstance(value, dict):
            raise InvalidValueError(self._prefix + name, "an object", value)
        return value

    def hexadecimals(self, name: str, size: int) -> tuple[bytes, ...]:
        """Take a list of ``size`` bytes each."""
        field = self._prefix + name
        return tuple(
            hexadecimal(value, f"{field}[{at}]", size) for at, value in enumerate(self.list(name))
        )

    def list(self, name: str) -> list[Any]:
        """Take a list."""
        value = self._take(name)
        if not isinstance(value, list):
            raise InvalidValueError(self._prefix + name, "a list", value)
        return value

    def end(self) -> None:
        """Refuse fields that nobody asked for."""
        for name in self._rest:
            raise InvalidValueError(self._prefix + name, "no such field", self._rest[name])

    def _is_null(self, name: str) -> bool:
        if name in self._rest and self._rest[name] is None:
            del self._rest[name]
            return True
        return False

    def _take(self, name: str) -> Any:
        if name not in self._rest:
            raise InvalidValueError(self._prefix + name, "a value", None)
        return self._rest.pop(name)


def hexadecimal(value: object, field: str, size: int) -> bytes:
    """Read ``size`` bytes, written as 0x and lowercase digits.

    Raises:
        InvalidValueError: for anything else, naming the field.
    """
    if (
        not isinstance(value, str)
        or len(value) != 2 + 2 * size
        or not _HEXADECIMAL.fullmatch(value)
    ):
        raise InvalidValueError(field, f"0x and {2 * size} lowercase hexadecimal digits", value)
    return bytes.fromhex(value[2:])
