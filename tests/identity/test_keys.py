from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from identity.address import address_bytes, checksum_address
from identity.hashing import keccak256
from identity.keys import Ed25519Key, EvmKey, recover, verify_ed25519

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SECRETS = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
DIGESTS = st.binary(min_size=32, max_size=32)


def test_keccak_is_the_evms_and_not_sha3() -> None:
    expected = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"").hex() == expected


def test_address_of_a_known_secret() -> None:
    key = EvmKey.from_secret(
        bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
    )
    assert key.address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@pytest.mark.parametrize(
    "address",
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ],
)
def test_checksums_given_in_eip_55(address: str) -> None:
    assert checksum_address(address_bytes(address.lower())) == address
    assert address_bytes(address) == bytes.fromhex(address[2:])


def test_address_with_a_wrong_checksum_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="EIP-55"):
        address_bytes("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed")


def test_an_address_has_20_bytes() -> None:
    with pytest.raises(InvalidValueError, match="20 bytes"):
        checksum_address(bytes(19))


@pytest.mark.parametrize("text", ["", "0x", "0x12", "f" * 42, "0x" + "g" * 40, "0x" + "a" * 41])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="owner"):
        address_bytes(text, "owner")


@given(SECRETS, DIGESTS)
def test_signature_is_eth_accounts_and_recovers_the_signer(secret: bytes, digest: bytes) -> None:
    key = EvmKey.from_secret(secret)
    signature = key.sign(digest)
    assert signature == bytes(Account.from_key(secret).unsafe_sign_hash(digest).signature)
    assert recover(digest, signature) == key.address
    assert signature[64] in (27, 28)
    assert int.from_bytes(signature[32:64], "big") <= ORDER // 2


@given(SECRETS, DIGESTS, st.integers(0, 65 * 8 - 1))
def test_any_flipped_bit_of_a_signature_loses_the_signer(
    secret: bytes, digest: bytes, bit: int
) -> None:
    key = EvmKey.from_secret(secret)
    signature = bytearray(key.sign(digest))
    signature[bit // 8] ^= 1 << bit % 8
    try:
        signer = recover(digest, bytes(signature))
    except InvalidValueError:
        return
    assert signer != key.address


@given(SECRETS, DIGESTS)
def test_the_malleable_twin_of_a_signature_is_refused(secret: bytes, digest: bytes) -> None:
    signature = EvmKey.from_secret(secret).sign(digest)
    high = ORDER - int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + high.to_bytes(32, "big") + bytes((27 + 28 - signature[64],))
    with pytest.raises(InvalidValueError, match="lower half"):
        recover(digest, twin)


@pytest.mark.parametrize("v", [0, 1, 26, 29, 35, 255])
def test_other_recovery_bytes_are_refused(v: int) -> None:
    signature = EvmKey.generate().sign(bytes(32))
    with pytest.raises(InvalidValueError, match="27 or 28"):
        recover(bytes(32), signature[:64] + bytes((v,)))


@pytest.mark.parametrize("length", [0, 64, 66])
def test_signatures_of_other_lengths_are_refused(length: int) -> None:
    with pytest.raises(InvalidValueError, match="signature"):
        recover(bytes(32), bytes(length))


def test_a_signature_of_zeros_recovers_nothing() -> None:
    with pytest.raises(InvalidValueError, match="recovers a key"):
        recover(bytes(32), bytes(64) + b"\x1b")


@pytest.mark.parametrize("secret", [bytes(32), ORDER.to_bytes(32, "big"), b"\x01" * 31])
def test_what_is_no_secret_is_refused_without_showing_it(secret: bytes) -> None:
    with pytest.raises(InvalidValueError) as caught:
        EvmKey.from_secret(secret)
    assert caught.value.got == "hidden"


def test_keys_survive_export_and_never_show_their_secret() -> None:
    evm, ed25519 = EvmKey.generate(), Ed25519Key.generate()
    assert EvmKey.from_secret(evm.export_secret()).address == evm.address
    assert Ed25519Key.from_seed(ed25519.export_seed()).public == ed25519.public
    assert evm.export_secret().hex() not in repr(evm)
    assert repr(evm) == f"EvmKey({evm.address})"
    assert ed25519.export_seed().hex() not in repr(ed25519)


def test_ed25519_vectors_of_rfc_8032(vectors: Callable[[str], Any]) -> None:
    cases = vectors("ed25519_rfc8032")["vectors"]
    assert cases
    for case in cases:
        key = Ed25519Key.from_seed(bytes.fromhex(case["priv"]))
        message = bytes.fromhex(case["msg"])
        assert key.public.hex() == case["pub"]
        assert key.sign(message).hex() == case["sig"]
        assert verify_ed25519(key.public, message, bytes.fromhex(case["sig"]))


def test_first_vector_of_rfc_8032() -> None:
    key = Ed25519Key.from_seed(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert (
        key.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065")
    )


@given(st.binary(max_size=64), st.integers(0, 64 * 8 - 1))
def test_any_flipped_bit_of_an_ed25519_signature_is_refused(message: bytes, bit: int) -> None:
    key = Ed25519Key.from_seed(b"\x07" * 32)
    signature = bytearray(key.sign(message))
    assert verify_ed25519(key.public, message, bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verify_ed25519(key.public, message, bytes(signature))


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_signature_holds_for_its_message_and_key_only(message: bytes, other: bytes) -> None:
    assume(message != other)
    key, stranger = Ed25519Key.from_seed(b"\x07" * 32), Ed25519Key.from_seed(b"\x08" * 32)
    signature = key.sign(message)
    assert not verify_ed25519(key.public, other, signature)
    assert not verify_ed25519(stranger.public, message, signature)


def test_the_malleable_twin_of_an_ed25519_signature_is_refused() -> None:
    key = Ed25519Key.from_seed(b"\x07" * 32)
    signature = key.sign(b"reading")
    group_order = 2**252 + 27742317777372353535851937790883648493
    high = int.from_bytes(signature[32:], "little") + group_order
    twin = signature[:32] + high.to_bytes(32, "little")
    assert not verify_ed25519(key.public, b"reading", twin)


def test_a_key_of_small_order_signs_nothing() -> None:
    assert not verify_ed25519((1).to_bytes(32, "little"), b"reading", bytes(64))


@pytest.mark.parametrize("length", [0, 63, 65])
def test_ed25519_signatures_of_other_lengths_are_none(length: int) -> None:
    assert not verify_ed25519(Ed25519Key.generate().public, b"", bytes(length))


def test_public_keys_and_seeds_of_other_lengths_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="public key"):
        verify_ed25519(bytes(31), b"", bytes(64))
    with pytest.raises(InvalidValueError, match="seed"):
        Ed25519Key.from_seed(bytes(33))
