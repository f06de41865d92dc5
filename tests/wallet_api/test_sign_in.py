"""Signing in, and every way in which it must fail."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import text

from identity.keys import EvmKey
from identity.timestamps import format_utc

STRANGER = EvmKey.from_secret(b"\x66" * 32)


def ask(caller):
    answer = caller.post("/v1/sign-in/nonce")
    assert answer.status_code == 201
    return answer.json()


def refused(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["status"] == status


def test_a_participant_signs_in_and_out(world):
    caller = world.signed_in(1)
    me = caller.get("/v1/me")
    assert me.status_code == 200
    assert me.json() == {
        "account": 1,
        "wallet": world.keys[1].address,
        "caip10": f"eip155:31337:{world.keys[1].address}",
        "role": "prosumer",
        "active": True,
        "session_expires_at": world.clock.now() + 86_400,
    }
    assert caller.delete("/v1/session").status_code == 204
    refused(caller.get("/v1/me"), 401, "sign-in-required")
    refused(caller.delete("/v1/session"), 401, "sign-in-required")


def test_the_token_is_stored_as_a_hash_only(world):
    caller = world.signed_in(1)
    token = caller.headers["Authorization"].removeprefix("Bearer ")
    assert len(token) >= 43
    with world.services.engine.connect() as connection:
        stored = connection.execute(text("SELECT token_hash FROM wallet_sessions")).scalar_one()
        everything = connection.execute(text("SELECT * FROM wallet_sessions")).one()
    assert stored == hashlib.sha256(token.encode()).digest()
    assert token not in repr(everything)


def test_a_nonce_signs_in_once(world):
    caller = world.caller()
    body = world.signed(world.message(ask(caller), world.keys[1]), world.keys[1])
    assert caller.post("/v1/sign-in", json=body).status_code == 201
    refused(caller.post("/v1/sign-in", json=body), 401, "sign-in-nonce")


def test_a_nonce_of_the_client_is_refused(world):
    caller = world.caller()
    nonce = ask(caller) | {"nonce": "clientmadenonce1"}
    body = world.signed(world.message(nonce, world.keys[1]), world.keys[1])
    refused(caller.post("/v1/sign-in", json=body), 401, "sign-in-nonce")


def test_a_nonce_expires(world):
    caller = world.caller()
    nonce = ask(caller)
    world.clock.move_to(nonce["nonce_expires_at"])
    body = world.signed(world.message(nonce, world.keys[1]), world.keys[1])
    refused(caller.post("/v1/sign-in", json=body), 401, "sign-in-nonce")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"domain": "evil.test"}, "sign-in-domain"),
        ({"uri": "http://evil.test"}, "sign-in-uri"),
        ({"uri": "http://market.test/other"}, "sign-in-uri"),
        ({"chain_id": 1}, "sign-in-chain"),
        ({"expiration_time": None}, "sign-in-expired"),
        ({"expiration_time": "2025-04-01T00:00:00Z"}, "sign-in-expired"),
        ({"not_before": "2025-04-01T00:00:01Z"}, "sign-in-not-yet-valid"),
    ],
)
def test_the_message_is_bound_to_this_server_and_time(world, change, code):
    caller = world.caller()
    nonce = ask(caller)
    body = world.signed(world.message(nonce, world.keys[1], **change), world.keys[1])
    answer = caller.post("/v1/sign-in", json=body)
    refused(answer, 401, code)
    assert answer.headers["www-authenticate"] == "Bearer"
    honest = world.signed(world.message(nonce, world.keys[1]), world.keys[1])
    assert caller.post("/v1/sign-in", json=honest).status_code == 201


def test_another_key_cannot_sign_for_an_address(world):
    caller = world.caller()
    body = world.signed(world.message(ask(caller), world.keys[1]), world.keys[2])
    refused(caller.post("/v1/sign-in", json=body), 401, "sign-in-signature")


def test_a_text_changed_after_signing_is_refused(world):
    caller = world.caller()
    body = world.signed(world.message(ask(caller), world.keys[1]), world.keys[1])
    body["message"] = body["message"].replace("costs nothing", "costs a little")
    refused(caller.post("/v1/sign-in", json=body), 401, "sign-in-signature")


@pytest.mark.parametrize("key", [STRANGER, EvmKey.from_secret(b"\x03" * 32)], ids=["no", "barred"])
def test_only_active_participants_sign_in(world, key):
    caller = world.caller()
    body = world.signed(world.message(ask(caller), key), key)
    refused(caller.post("/v1/sign-in", json=body), 403, "not-a-participant")


def test_a_malformed_message_names_the_line(world):
    caller = world.caller()
    body = world.signed(world.message(ask(caller), world.keys[1]), world.keys[1])
    body["message"] = body["message"].replace("Version: 1", "Version: 2")
    answer = caller.post("/v1/sign-in", json=body)
    refused(answer, 422, "invalid-value")
    assert (answer.json()["field"], answer.json()["got"]) == ("version", "2")


def test_a_session_expires_by_the_markets_clock(world):
    caller = world.signed_in(1)
    world.clock.move_to(world.clock.now() + 86_399)
    assert caller.get("/v1/me").status_code == 200
    world.clock.move_to(world.clock.now() + 1)
    refused(caller.get("/v1/me"), 401, "sign-in-required")


def test_no_session_outlives_what_was_signed(world):
    caller = world.caller()
    soon = world.clock.now() + 60
    text_ = world.message(ask(caller), world.keys[1], expiration_time=format_utc(soon))
    answer = caller.post("/v1/sign-in", json=world.signed(text_, world.keys[1]))
    assert answer.json()["expires_at"] == soon


@pytest.mark.parametrize(
    "header", [None, "Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer", "Bearer \xff"]
)
def test_nothing_is_shown_without_a_session(world, header):
    caller = world.caller()
    for path in ("me", "orders", "trades", "readings", "balances", "statements", "prices"):
        headers = {} if header is None else {"Authorization": header.encode("latin-1")}
        answer = caller.get(f"/v1/{path}", headers=headers)
        refused(answer, 401, "sign-in-required")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_expired_nonces_and_sessions_are_forgotten(world):
    caller = world.signed_in(1)
    ask(caller)
    world.clock.move_to(world.clock.now() + 90_000)
    world.signed_in(2)
    with world.services.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM wallet_nonces")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM wallet_sessions")).scalar() == 1
