"""Sign-In with Ethereum (EIP-4361): the message, its grammar, and what a server must check."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.errors import InvalidValueError, RefusedError
from domain.units import require_range
from identity.address import address_bytes, checksum_address
from identity.hashing import keccak256
from identity.keys import EVM_SIGNATURE_BYTES, recover
from identity.uri_grammar import SCHEME, is_authority, is_pchars, is_prose, is_uri

_GREETING: Final = " wants you to sign in with your Ethereum account:"
_NONCE: Final = re.compile(r"[A-Za-z0-9]{8,}")
_CHAIN_ID: Final = re.compile(r"[0-9]{1,78}")
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_FRACTION: Final = re.compile(r"\.([0-9]+)")


class SignInRefusedError(RefusedError):
    """A sign-in message that is well formed but does not sign anybody in here and now."""


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """The fields of an EIP-4361 message; times are kept as the texts that were signed.

    Attributes:
        domain: authority that asks for the signature (``market.example:8443``).
        address: EIP-55 address of the account that signs in.
        uri: resource that the sign-in is for.
        chain_id: number of the chain that the account lives on.
        nonce: at least 8 letters or digits, made by the server.
        issued_at: RFC 3339 time.
        statement: one line for the person who signs, or None.
        scheme: URI scheme of the origin of the request, or None.
        expiration_time: RFC 3339 time from which the message is void, or None.
        not_before: RFC 3339 time from which the message is valid, or None.
        request_id: the server's own reference, or None.
        resources: URIs that the person agrees to.
    """

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: str
    statement: str | None = None
    scheme: str | None = None
    expiration_time: str | None = None
    not_before: str | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _require("domain", "an RFC 3986 authority", self.domain, is_authority(self.domain))
        if checksum_address(address_bytes(self.address)) != self.address:
            raise InvalidValueError("address", "the mixed case of EIP-55", self.address)
        _require("uri", "an RFC 3986 URI", self.uri, is_uri(self.uri))
        require_range("chain id", self.chain_id, 0, 2**256 - 1)
        _require(
            "nonce",
            "at least 8 letters or digits",
            self.nonce,
            _NONCE.fullmatch(self.nonce) is not None,
        )
        self._check_optional_texts()
        for field in ("issued_at", "expiration_time", "not_before"):
            text = getattr(self, field)
            if text is not None:
                _instant(text, field)

    def _check_optional_texts(self) -> None:
        if self.statement is not None:
            _require(
                "statement",
                "one line of URI characters and spaces",
                self.statement,
                is_prose(self.statement),
            )
        if self.scheme is not None:
            _require(
                "scheme",
                "an RFC 3986 scheme",
                self.scheme,
                re.fullmatch(SCHEME, self.scheme) is not None,
            )
        if self.request_id is not None:
            _require(
                "request id",
                "RFC 3986 path characters",
                self.request_id,
                is_pchars(self.request_id),
            )
        for index, resource in enumerate(self.resources or ()):
            _require(f"resource {index}", "an RFC 3986 URI", resource, is_uri(resource))

    def to_text(self) -> str:
        """Write the message as the wallet shows and signs it."""
        origin = self.domain if self.scheme is None else f"{self.scheme}://{self.domain}"
        lines = [origin + _GREETING, self.address, ""]
        if self.statement is not None:
            lines.append(self.statement)
        lines += [
            "",
            f"URI: {self.uri}",
            "Version: 1",
            f"Chain ID: {self.chain_id}",
            f"Nonce: {self.nonce}",
            f"Issued At: {self.issued_at}",
        ]
        for label, value in (
            ("Expiration Time", self.expiration_time),
            ("Not Before", self.not_before),
            ("Request ID", self.request_id),
        ):
            if value is not None:
                lines.append(f"{label}: {value}")
        if self.resources is not None:
            lines.append("Resources:")
            lines += [f"- {resource}" for resource in self.resources]
        return "\n".join(lines)

    @classmethod
    def parse(cls, text: str) -> SignInMessage:
        """Read a message by the ABNF of EIP-4361, which leaves no freedom in layout.

        Raises:
            InvalidValueError: naming the line or the field that is wrong.
        """
        lines = _Lines(text)
        origin = lines.take_suffixed(_GREETING)
        scheme, separator, domain = origin.rpartition("://")
        address = lines.take()
        lines.take_empty()
        statement = lines.take() if lines.peek() else None
        lines.take_empty()
        uri = lines.take_labelled("URI")
        version = lines.take_labelled("Version")
        _require("version", "1", version, version == "1")
        message = cls(
            scheme=scheme if separator else None,
            domain=domain,
            address=address,
            statement=statement,
            uri=uri,
            chain_id=_parse_chain_id(lines.take_labelled("Chain ID")),
            nonce=lines.take_labelled("Nonce"),
            issued_at=lines.take_labelled("Issued At"),
            expiration_time=lines.take_optional("Expiration Time"),
            not_before=lines.take_optional("Not Before"),
            request_id=lines.take_optional("Request ID"),
            resources=lines.take_resources(),
        )
        lines.require_end()
        return message

    @property
    def digest(self) -> bytes:
        """The 32 bytes that a wallet signs for this message."""
        return personal_message_digest(self.to_text())


def verify_sign_in(
    text: str, signature: bytes, *, domain: str, uri: str, chain_id: int, nonce: str, now: int
) -> SignInMessage:
    """Check that a message signs somebody in here, once, now.

    The account must be an externally owned one: signatures of contracts (EIP-1271) need the chain.

    Args:
        text: the message as it was signed.
        signature: 65 bytes; the last may be 0 or 1 instead of 27 or 28, as some wallets write it.
        domain: authority that this server is reached under.
        uri: resource that the sign-in must be for.
        chain_id: number of the market's chain.
        nonce: what the server handed out. That it is used only once is the server's to ensure.
        now: UTC second.

    Returns:
        The message, whose ``address`` is proven.

    Raises:
        InvalidValueError: where message or signature is malformed.
        SignInRefusedError: with the code ``sign-in-domain``, ``-uri``, ``-chain``, ``-nonce``,
            ``-expired``, ``-not-yet-valid`` or ``-signature``.
    """
    message = SignInMessage.parse(text)
    _check_binding(message, domain, uri, chain_id, nonce)
    _check_time(message, now)
    signer = recover(personal_message_digest(text), _with_offset(signature))
    if signer != message.address:
        raise SignInRefusedError(
            "sign-in-signature", f"the message names {message.address}, but {signer} signed it"
        )
    return message


def personal_message_digest(text: str) -> bytes:
    """Return what a wallet's ``personal_sign`` signs for a text (EIP-191, version 0x45)."""
    body = text.encode()
    return keccak256(b"\x19Ethereum Signed Message:\n%d" % len(body) + body)


def _check_binding(
    message: SignInMessage, domain: str, uri: str, chain_id: int, nonce: str
) -> None:
    for code, name, expected, got in (
        ("sign-in-domain", "domain", domain, message.domain),
        ("sign-in-uri", "URI", uri, message.uri),
        ("sign-in-chain", "chain id", str(chain_id), str(message.chain_id)),
        ("sign-in-nonce", "nonce", nonce, message.nonce),
    ):
        if got != expected:
            raise SignInRefusedError(code, f"the message is for the {name} {got}, not {expected}")


def _check_time(message: SignInMessage, now: int) -> None:
    if message.expiration_time is not None:
        expiry = _instant(message.expiration_time, "expiration_time")
        if now >= expiry:
            raise SignInRefusedError(
                "sign-in-expired", f"the message expired at {message.expiration_time}"
            )
    if message.not_before is not None and now < _instant(message.not_before, "not_before"):
        raise SignInRefusedError(
            "sign-in-not-yet-valid", f"the message is valid from {message.not_before}"
        )


def _with_offset(signature: bytes) -> bytes:
    if len(signature) == EVM_SIGNATURE_BYTES and signature[64] in (0, 1):
        return signature[:64] + bytes((signature[64] + 27,))
    return signature


def _instant(text: str, field: str) -> float:
    if not _DATE_TIME.fullmatch(text):
        raise InvalidValueError(field, "an RFC 3339 date and time", text)
    # datetime knows microseconds; digits beyond them cannot change which second it is.
    micros = _FRACTION.sub(lambda match: "." + match[1][:6].ljust(6, "0"), text.upper())
    try:
        return datetime.fromisoformat(micros).timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidValueError(field, "an RFC 3339 date and time", text) from error


def _parse_chain_id(text: str) -> int:
    _require("chain id", "a decimal number", text, _CHAIN_ID.fullmatch(text) is not None)
    number = int(text)
    # A leading zero would be lost when the message is written again.
    _require("chain id", "a number without leading zeros", text, str(number) == text)
    return number


def _require(field: str, expected: str, got: object, valid: bool) -> None:
    if not valid:
        raise InvalidValueError(field, expected, got)


class _Lines:
    """A message's lines, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._next = 0

    def peek(self) -> str | None:
        return self._lines[self._next] if self._next < len(self._lines) else None

    def take(self) -> str:
        line = self.peek()
        if line is None:
            raise InvalidValueError(f"line {self._next + 1}", "another line", "the end")
        self._next += 1
        return line

    def take_empty(self) -> None:
        line = self.take()
        if line:
            raise InvalidValueError(f"line {self._next}", "an empty line", line)

    def take_suffixed(self, suffix: str) -> str:
        line = self.take()
        if not line.endswith(suffix):
            raise InvalidValueError(f"line {self._next}", f"a line ending in {suffix!r}", line)
        return line.removesuffix(suffix)

    def take_labelled(self, label: str) -> str:
        value = self.take_optional(label)
        if value is None:
            raise InvalidValueError(f"line {self._next + 1}", f"'{label}: ...'", self.peek())
        return value

    def take_optional(self, label: str) -> str | None:
        line = self.peek()
        if line is None or not line.startswith(f"{label}: "):
            return None
        self._next += 1
        return line.removeprefix(f"{label}: ")

    def take_resources(self) -> tuple[str, ...] | None:
        if self.peek() != "Resources:":
            return None
        self._next += 1
        resources = []
        while (line := self.peek()) is not None and line.startswith("- "):
            resources.append(line.removeprefix("- "))
            self._next += 1
        return tuple(resources)

    def require_end(self) -> None:
        line = self.peek()
        if line is not None:
            raise InvalidValueError(f"line {self._next + 1}", "the end of the message", line)
