"""The secret by which the ENTSO-E Transparency Platform knows who asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.errors import InvalidValueError

TOKEN_VARIABLE: Final = "COMMONWATT_ENTSOE_TOKEN"  # noqa: S105  the name of the variable

_FORM: Final = re.compile(r"[A-Za-z0-9._~+/=-]{16,200}")
_MOST_BYTES: Final = 1000


class SecurityToken:
    """A secret that no text, log or error shows."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        """Keep a secret.

        Args:
            secret: 16 to 200 letters, digits and signs of URLs; a UUID as ENTSO-E issues them.

        Raises:
            InvalidValueError: where it has another form; without the secret.
        """
        if not _FORM.fullmatch(secret):
            expected = "a token of 16 to 200 letters, digits and hyphens"
            raise InvalidValueError("security token", expected, "something else")
        self._secret = secret

    def reveal(self) -> str:
        """Return the secret itself, to be sent and nothing else."""
        return self._secret

    def removed_from(self, content: bytes) -> bytes:
        """Return a content with every occurrence of the secret covered up."""
        return content.replace(self._secret.encode(), b"***")

    def __repr__(self) -> str:
        return "SecurityToken(***)"


def find_token(environment: Mapping[str, str], file: Path | None) -> SecurityToken:
    """Take the token from a file, or else from the environment.

    Args:
        environment: where ``TOKEN_VARIABLE`` may hold the token.
        file: a file that holds nothing else; None looks into the environment.

    Raises:
        InvalidValueError: where there is none, or none of its form; without the secret.
    """
    if file is not None:
        return SecurityToken(_first_bytes(file).strip())
    secret = environment.get(TOKEN_VARIABLE, "").strip()
    if not secret:
        expected = "a security token of the ENTSO-E Transparency Platform"
        raise InvalidValueError(TOKEN_VARIABLE, expected, "none")
    return SecurityToken(secret)


def _first_bytes(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES).decode("ascii", errors="replace")
    except OSError as error:
        raise InvalidValueError(str(file), "a file that can be read", error.strerror) from error
