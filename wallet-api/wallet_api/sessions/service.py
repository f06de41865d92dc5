"""Sign-in: a nonce from the server, a message signed by the wallet, a token for what follows."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from domain.clock import Clock
from domain.units import Account
from identity.sign_in import SignInMessage, SignInRefusedError, verify_sign_in
from wallet_api.ports import ParticipantRegistry
from wallet_api.problems.catalogue import NOT_A_PARTICIPANT
from wallet_api.problems.errors import ApiError, SignInInvalidError, SignInRequiredError
from wallet_api.sessions import repository
from wallet_api.sessions.subject import Subject
from wallet_api.settings import ApiSettings

STATEMENT: Final = "Sign in to the local energy market. This costs nothing and orders nothing."

_NONCE_BYTES: Final = 16
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Nonce:
    """What a wallet needs to write its sign-in message.

    Attributes:
        nonce: 32 hexadecimal digits, good for one sign-in.
        issued_at: UTC second.
        expires_at: UTC second from which it is no longer accepted.
        session_expires_at: latest UTC second that the session can last to.
    """

    nonce: str
    issued_at: int
    expires_at: int
    session_expires_at: int


class Sessions:
    """Hands out nonces and tokens, and knows whose they are."""

    def __init__(
        self,
        engine: Engine,
        registry: ParticipantRegistry,
        clock: Clock,
        settings: ApiSettings,
        chain_id: int,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._clock = clock
        self._settings = settings
        self._chain_id = chain_id

    def issue_nonce(self) -> Nonce:
        """Make a nonce for one sign-in."""
        now = self._clock.now()
        nonce = Nonce(
            secrets.token_hex(_NONCE_BYTES),
            now,
            now + self._settings.nonce_lifetime,
            now + self._settings.session_lifetime,
        )
        with self._engine.begin() as connection:
            repository.add_nonce(connection, nonce.nonce, now, nonce.expires_at)
        return nonce

    def sign_in(self, text: str, signature: bytes) -> tuple[str, Subject]:
        """Open a session for the wallet that signed a message.

        Args:
            text: the EIP-4361 message.
            signature: 65 bytes.

        Returns:
            The bearer token, which is nowhere stored, and whose it is.

        Raises:
            SignInInvalidError: where the message proves nothing here and now.
            ApiError: where the wallet belongs to no active participant.
            InvalidValueError: where message or signature is malformed.
        """
        now = self._clock.now()
        message = self._verify(text, signature, now)
        subject = self._participant(message, now)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._engine.begin() as connection:
            if not repository.use_nonce(connection, message.nonce, now):
                raise SignInInvalidError(
                    "the nonce is unknown, used or expired; ask for a new one", "sign-in-nonce"
                )
            repository.add_session(connection, _token_hash(token), subject, now)
        return token, subject

    def subject(self, token: str) -> Subject:
        """Return whose token it is.

        Raises:
            SignInRequiredError: where it is unknown, expired or signed out.
        """
        now = self._clock.now()
        with self._engine.connect() as connection:
            subject = repository.find_session(connection, _token_hash(token), now)
        if subject is None:
            raise SignInRequiredError("the token is unknown, expired or signed out")
        return subject

    def sign_out(self, token: str) -> None:
        """End the session of a token."""
        with self._engine.begin() as connection:
            repository.remove_session(connection, _token_hash(token))

    def _verify(self, text: str, signature: bytes, now: int) -> SignInMessage:
        nonce = SignInMessage.parse(text).nonce
        try:
            return verify_sign_in(
                text,
                signature,
                domain=self._settings.domain,
                uri=self._settings.uri,
                chain_id=self._chain_id,
                nonce=nonce,
                now=now,
            )
        except SignInRefusedError as error:
            raise SignInInvalidError(error.reason, error.code) from error

    def _participant(self, message: SignInMessage, now: int) -> Subject:
        account = self._registry.account_of(message.address)
        participant = self._registry.participant(account) if account else None
        if not account or participant is None or not participant.active:
            raise ApiError(NOT_A_PARTICIPANT, f"{message.address} belongs to no active participant")
        return Subject(
            Account(account),
            message.address,
            int(participant.role),
            self._session_end(message, now),
        )

    def _session_end(self, message: SignInMessage, now: int) -> int:
        """No session outlives what the wallet signed."""
        longest = now + self._settings.session_lifetime
        if message.expiration_time is None:
            raise SignInInvalidError("the message has no Expiration Time", "sign-in-expired")
        signed = int(datetime.fromisoformat(message.expiration_time.upper()).timestamp())
        return min(longest, signed)


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
