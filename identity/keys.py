"""Private keys: secp256k1 for what the chain checks, Ed25519 for what is checked off chain."""

from __future__ import annotations

from typing import Final

from coincurve import PrivateKey, PublicKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

from domain.errors import InvalidValueError
from identity.address import checksum_address
from identity.hashing import keccak256

DIGEST_BYTES: Final = 32
SECRET_BYTES: Final = 32
EVM_SIGNATURE_BYTES: Final = 65
ED25519_PUBLIC_BYTES: Final = 32
ED25519_SIGNATURE_BYTES: Final = 64

_CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HALF_ORDER: Final = (_CURVE_ORDER // 2).to_bytes(32, "big")
_RECOVERY_OFFSET: Final = 27


class EvmKey:
    """A secp256k1 private key with the address that the chain knows it by."""

    __slots__ = ("_key", "address")

    address: str
    """EIP-55 text of the key's address."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self.address = _address_of(key.public_key)

    @classmethod
    def generate(cls) -> EvmKey:
        """Make a key from the operating system's randomness."""
        return cls(PrivateKey())

    @classmethod
    def from_secret(cls, secret: bytes) -> EvmKey:
        """Read a key from its 32 secret bytes.

        Raises:
            InvalidValueError: where they are no scalar of the curve. The error does not show them.
        """
        _require_length("secret", secret, SECRET_BYTES, shown=False)
        if not 0 < int.from_bytes(secret, "big") < _CURVE_ORDER:
            raise InvalidValueError("secret", "a scalar between 0 and the curve's order", "hidden")
        return cls(PrivateKey(secret))

    def export_secret(self) -> bytes:
        """Return the 32 secret bytes, for a key store."""
        return self._key.secret

    def sign(self, digest: bytes) -> bytes:
        """Sign a 32-byte digest: 65 bytes r, s, v with low s (EIP-2) and v 27 or 28.

        The nonce is deterministic (RFC 6979): the same digest gets the same signature.

        Raises:
            InvalidValueError: where the digest has another length.
        """
        _require_length("digest", digest, DIGEST_BYTES)
        signature = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes((signature[64] + _RECOVERY_OFFSET,))

    def __repr__(self) -> str:
        return f"EvmKey({self.address})"


def recover(digest: bytes, signature: bytes) -> str:
    """Return the EIP-55 address whose key signed a digest.

    Strict, so that no second signature of the same digest by the same key can be made from the
    first: s must be in the lower half of the curve's order (EIP-2) and v must be 27 or 28.

    Raises:
        InvalidValueError: where the signature is malformed, malleable, or recovers no key.
    """
    _require_length("digest", digest, DIGEST_BYTES)
    _require_length("signature", signature, EVM_SIGNATURE_BYTES)
    recovery = signature[64] - _RECOVERY_OFFSET
    if recovery not in (0, 1):
        raise InvalidValueError("signature", "a last byte v of 27 or 28", signature[64])
    if signature[32:64] > _HALF_ORDER:
        raise InvalidValueError("signature", "s in the lower half of the curve's order", "a high s")
    try:
        key = PublicKey.from_signature_and_message(
            signature[:64] + bytes((recovery,)), digest, hasher=None
        )
    except ValueError as error:
        raise InvalidValueError("signature", "one that recovers a key", signature.hex()) from error
    return _address_of(key)


class Ed25519Key:
    """An Ed25519 private key (RFC 8032)."""

    __slots__ = ("_key", "public")

    public: bytes
    """The 32 bytes of the public key."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self.public = bytes(key.verify_key)

    @classmethod
    def generate(cls) -> Ed25519Key:
        """Make a key from the operating system's randomness."""
        return cls(SigningKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Ed25519Key:
        """Read a key from its 32 secret bytes.

        Raises:
            InvalidValueError: where there are not 32. The error does not show them.
        """
        _require_length("seed", seed, SECRET_BYTES, shown=False)
        return cls(SigningKey(seed))

    def export_seed(self) -> bytes:
        """Return the 32 secret bytes, for a key store."""
        return bytes(self._key)

    def sign(self, message: bytes) -> bytes:
        """Sign a message of any length: 64 bytes."""
        return self._key.sign(message).signature

    def __repr__(self) -> str:
        return f"Ed25519Key({self.public.hex()})"


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is the key's over the message.

    libsodium also refuses keys of small order and signatures that are not in canonical form.

    Args:
        public: 32 bytes.
        message: what was signed.
        signature: 64 bytes; another length is no signature of anything.

    Raises:
        InvalidValueError: where the public key has another length.
    """
    _require_length("public key", public, ED25519_PUBLIC_BYTES)
    if len(signature) != ED25519_SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except CryptoError:
        return False
    return True


def _address_of(key: PublicKey) -> str:
    return checksum_address(keccak256(key.format(compressed=False)[1:])[12:])


def _require_length(field: str, value: bytes, length: int, *, shown: bool = True) -> None:
    if len(value) != length:
        raise InvalidValueError(field, f"{length} bytes", value if shown else "hidden")
