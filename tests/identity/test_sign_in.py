from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from identity.keys import EvmKey
from identity.sign_in import SignInMessage, SignInRefusedError, verify_sign_in

KEY = EvmKey.from_secret(b"\x09" * 32)
NOW = 1_743_465_600
MESSAGE = SignInMessage(
    domain="market.example:8443",
    address=KEY.address,
    uri="https://market.example:8443/session",
    chain_id=31337,
    nonce="n0nce42xyz",
    issued_at="2025-04-01T00:00:00Z",
    statement="Sign in to the market.",
    expiration_time="2025-04-01T00:05:00Z",
    not_before="2025-04-01T00:00:00Z",
    request_id="a-1",
    resources=("urn:market:1", "https://market.example/terms?v=2#top"),
)
TEXT = f"""market.example:8443 wants you to sign in with your Ethereum account:
{KEY.address}

Sign in to the market.

URI: https://market.example:8443/session
Version: 1
Chain ID: 31337
Nonce: n0nce42xyz
Issued At: 2025-04-01T00:00:00Z
Expiration Time: 2025-04-01T00:05:00Z
Not Before: 2025-04-01T00:00:00Z
Request ID: a-1
Resources:
- urn:market:1
- https://market.example/terms?v=2#top"""


def verify(text: str = TEXT, signature: bytes | None = None, **changed: Any) -> SignInMessage:
    expected: dict[str, Any] = {
        "domain": "market.example:8443",
        "uri": "https://market.example:8443/session",
        "chain_id": 31337,
        "nonce": "n0nce42xyz",
        "now": NOW,
        **changed,
    }
    if signature is None:
        signature = bytes(
            Account.sign_message(encode_defunct(text=text), KEY.export_secret()).signature
        )
    return verify_sign_in(text, signature, **expected)


def test_text_and_fields_are_each_others() -> None:
    assert MESSAGE.to_text() == TEXT
    assert SignInMessage.parse(TEXT) == MESSAGE


def test_a_wallets_signature_signs_in() -> None:
    assert verify() == MESSAGE
    assert verify(signature=KEY.sign(MESSAGE.digest)).address == KEY.address


def test_official_messages_are_parsed_and_written_again(vectors: Callable[[str], Any]) -> None:
    names = {
        "scheme": "scheme",
        "domain": "domain",
        "address": "address",
        "statement": "statement",
        "uri": "uri",
        "chainId": "chain_id",
        "nonce": "nonce",
        "issuedAt": "issued_at",
    }
    cases = vectors("eip4361_parsing_positive")["vectors"]
    assert cases
    for case in cases.values():
        message = SignInMessage.parse(case["message"])
        assert message.to_text() == case["message"]
        for name, attribute in names.items():
            assert getattr(message, attribute) == case["fields"].get(name), name
        assert list(message.resources or ()) == case["fields"].get("resources", [])


def test_official_signatures_are_verified(vectors: Callable[[str], Any]) -> None:
    cases = vectors("eip4361_verification_positive")["vectors"]
    assert cases
    for case in cases.values():
        message = SignInMessage(
            domain=case["domain"],
            address=case["address"],
            statement=case["statement"],
            uri=case["uri"],
            chain_id=case["chainId"],
            nonce=case["nonce"],
            issued_at=case["issuedAt"],
            expiration_time=case.get("expirationTime"),
            not_before=case.get("notBefore"),
        )
        moment = datetime.fromisoformat(case.get("time", "2026-01-01T00:00:00Z"))
        verified = verify_sign_in(
            message.to_text(),
            bytes.fromhex(case["signature"][2:]),
            domain=case["domain"],
            uri=case["uri"],
            chain_id=case["chainId"],
            nonce=case["nonce"],
            now=int(moment.timestamp()),
        )
        assert verified.address == case["address"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"domain": "market.example"}, "sign-in-domain"),
        ({"domain": "evil.example"}, "sign-in-domain"),
        ({"uri": "https://market.example:8443/"}, "sign-in-uri"),
        ({"chain_id": 1}, "sign-in-chain"),
        ({"nonce": "n0nce42xyZ"}, "sign-in-nonce"),
        ({"now": NOW - 1}, "sign-in-not-yet-valid"),
        ({"now": NOW + 300}, "sign-in-expired"),
        ({"signature": EvmKey.from_secret(b"\x0a" * 32).sign(MESSAGE.digest)}, "sign-in-signature"),
    ],
)
def test_a_message_for_elsewhere_or_another_time_is_refused(
    changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(SignInRefusedError) as caught:
        verify(**changed)
    assert caught.value.code == code


def test_the_last_second_before_expiry_still_signs_in() -> None:
    assert verify(now=NOW + 299).address == KEY.address


@pytest.mark.parametrize(
    ("issued_at", "seconds"),
    [
        ("2025-04-01T00:05:00Z", 300),
        ("2025-04-01T02:05:00+02:00", 300),
        ("2025-03-31T22:05:00-02:00", 300),
        ("2025-04-01T00:05:00.000000001z", 300),
    ],
)
def test_times_are_compared_in_utc(issued_at: str, seconds: int) -> None:
    text = TEXT.replace("Expiration Time: 2025-04-01T00:05:00Z", f"Expiration Time: {issued_at}")
    assert verify(text, now=NOW + seconds - 1).expiration_time == issued_at
    with pytest.raises(SignInRefusedError):
        verify(text, now=NOW + seconds)


@given(st.integers(0, 65 * 8 - 1))
def test_any_flipped_bit_of_the_signature_is_refused(bit: int) -> None:
    signature = bytearray(KEY.sign(MESSAGE.digest))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises((InvalidValueError, SignInRefusedError)):
        verify(signature=bytes(signature))


@given(st.integers(0, len(TEXT.encode()) * 8 - 1))
def test_any_flipped_bit_of_the_text_is_refused(bit: int) -> None:
    changed = bytearray(TEXT.encode())
    changed[bit // 8] ^= 1 << bit % 8
    signature = KEY.sign(MESSAGE.digest)
    with pytest.raises((InvalidValueError, SignInRefusedError)):
        verify(changed.decode("latin-1"), signature)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n\nSign", "\nSign"),
        ("market.\n\n", "market.\n\n\n"),
        ("Version: 1", "Version: 2"),
        ("Version: 1\n", ""),
        ("Chain ID: 31337", "Chain ID: 031337"),
        ("Chain ID: 31337", "Chain ID: 0x7a69"),
        ("Chain ID: 31337", "Chain ID: \uff13"),
        ("Nonce: n0nce42xyz", "Nonce: short77"),
        ("Nonce: n0nce42xyz", "Nonce: n0nce-42xyz"),
        ("Issued At: 2025-04-01T00:00:00Z", "Issued At: 2025-04-01"),
        ("Issued At: 2025-04-01T00:00:00Z", "Issued At: 2025-04-31T00:00:00Z"),
        ("Issued At: 2025-04-01T00:00:00Z", "Issued At: 2025-04-01T00:00:00"),
        ("Not Before: 2025-04-01T00:00:00Z", "Not Before: tomorrow"),
        ("Request ID: a-1", "Request ID: a 1"),
        ("- urn:market:1", "- not a uri"),
        ("- urn:market:1", "* urn:market:1"),
        (TEXT[-1], TEXT[-1] + "\n"),
        ("URI: https://market.example:8443/session", "URI: market"),
        ("URI: https://market.example:8443/session", "URI: https://[::zz]/"),
        ("URI: https://market.example:8443/session", "URI: https://market.example/%zz"),
        ("market.example:8443 wants", "market.example:8443  wants"),
        ("market.example:8443 wants", " wants"),
        ("market.example:8443 wants", "[fe80::1%25eth0] wants"),
        ("market.example:8443 wants", "1http://market.example wants"),
        ("market.example:8443 wants", "://market.example wants"),
        ("market.example:8443 wants", "http://https://market.example wants"),
        ("Ethereum account:", "ethereum account:"),
        ("Sign in to the market.", "Sign in to the m\u00e4rket."),
        ("Sign in to the market.", 'Sign in to the "market".'),
        (KEY.address, KEY.address.lower()),
        (KEY.address, KEY.address[:-1]),
        ("\n", "\r\n"),
    ],
)
def test_the_grammar_leaves_no_freedom(old: str, new: str) -> None:
    text = new.join(TEXT.rsplit(old, 1)) if old == TEXT[-1] else TEXT.replace(old, new)
    assert text != TEXT
    with pytest.raises(InvalidValueError):
        SignInMessage.parse(text)


def test_lines_out_of_order_are_refused() -> None:
    lines = TEXT.split("\n")
    for index in range(5, 9):
        swapped = [*lines[:index], lines[index + 1], lines[index], *lines[index + 2 :]]
        with pytest.raises(InvalidValueError):
            SignInMessage.parse("\n".join(swapped))


@pytest.mark.parametrize("count", range(10))
def test_a_message_cut_short_is_refused(count: int) -> None:
    with pytest.raises(InvalidValueError):
        SignInMessage.parse("\n".join(TEXT.split("\n")[:count]))


optional_texts = st.none() | st.from_regex(r"[A-Za-z0-9 .,:/?!-]{1,30}", fullmatch=True)
messages = st.builds(
    SignInMessage,
    domain=st.sampled_from(["market.example", "localhost:1", "a@[::1]:5", "127.0.0.1"]),
    address=st.just(KEY.address),
    uri=st.sampled_from(["https://market.example", "urn:a:b", "did:key:z6Mk#z6Mk"]),
    chain_id=st.integers(0, 2**256 - 1),
    nonce=st.from_regex(r"[A-Za-z0-9]{8,20}", fullmatch=True),
    issued_at=st.just("2025-04-01T00:00:00.123+02:00"),
    statement=optional_texts,
    scheme=st.sampled_from([None, "https", "app+x"]),
    expiration_time=st.sampled_from([None, "2025-04-01T00:00:00Z"]),
    not_before=st.sampled_from([None, "2025-04-01T00:00:00Z"]),
    request_id=st.none() | st.from_regex(r"[A-Za-z0-9%]{0}[a-z:@]{0,9}", fullmatch=True),
    resources=st.none() | st.lists(st.just("urn:x:1"), max_size=3).map(tuple),
)


@given(messages)
def test_every_message_survives_its_text(message: SignInMessage) -> None:
    assert SignInMessage.parse(message.to_text()) == message
