"""Placing orders over HTTP: receipts, repetition, refusals, batches, pages."""

from __future__ import annotations

import json

import pytest

from domain.interval import Interval
from domain.order import Order, Side
from identity.keys import recover
from identity.typed_data import market_domain, order_digest, receipt_digest, typed_data_digest
from wallet_api.idempotency import repository

MIDNIGHT = 1743465600


def placed(world, account, **changes):
    """The digest that an order of these fields has, computed without the API."""
    body = world.order(account, **changes)
    order = Order(
        Interval(body["community"], body["interval_start"], body["duration_s"]),
        account,
        Side.parse(body["side"]),
        body["quantity_wh"],
        body["price"],
        int(body["salt"], 16),
    )
    services = world.services
    return order_digest(market_domain(services.chain_id, services.addresses.market), order)


def test_the_receipt_is_the_operators_promise(world):
    caller = world.signed_in(1)
    answer = caller.post("/v1/orders", json=world.order(1))
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    digest = placed(world, 1)
    assert receipt["digest"] == "0x" + digest.hex()
    domain = market_domain(world.services.chain_id, world.services.addresses.market)
    promised = receipt_digest(domain, digest, receipt["received_at"])
    signature = bytes.fromhex(receipt["receipt"][2:])
    assert recover(promised, signature) == world.services.operator


def test_the_same_order_again_gets_the_same_receipt(world):
    caller = world.signed_in(1)
    first = caller.post("/v1/orders", json=world.order(1))
    world.clock.move_to(world.clock.now() + 5)
    again = caller.post("/v1/orders", json=world.order(1))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(world.market.placed) == 1


def test_an_order_can_be_built_from_what_the_api_says(world):
    caller = world.signed_in(1)
    community = caller.get("/v1/community").json()
    first = community["intervals"][0]
    assert first["interval_start"] == MIDNIGHT + 1800
    assert first["gate_closes_at"] > community["now"]
    typed = community["typed_data"]
    assert typed["domain"] == {
        "name": "Commonwatt Market",
        "version": "1",
        "chainId": 31337,
        "verifyingContract": world.services.addresses.market,
    }
    interval = Interval(community["community"], first["interval_start"], community["duration_s"])
    assert (typed["primaryType"], set(typed["types"])) == ("Order", {"Order", "EIP712Domain"})
    document = typed | {
        "message": {
            "interval": interval.packed,
            "account": caller.get("/v1/me").json()["account"],
            "side": 0,
            "quantity": 1_500,
            "price": first["retail"],
            "salt": 9,
        }
    }
    signature = world.keys[1].sign(typed_data_digest(document))
    body = world.order(1, salt=9, interval=interval, price=first["retail"])
    body["signature"] = "0x" + signature.hex()
    assert caller.post("/v1/orders", json=body).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity_wh", 0),
        ("quantity_wh", "1500"),
        ("quantity_wh", 1500.0),
        ("quantity_wh", True),
        ("quantity_wh", 2**32),
        ("price", 2**31),
        ("price", None),
        ("side", "buy"),
        ("salt", "0x5a"),
        ("salt", 7),
        ("signature", "0x" + "zz" * 65),
        ("community", 2),
        ("duration_s", 300),
        ("duration_s", 901),
        ("interval_start", MIDNIGHT + 1),
        ("interval_start", -900),
        ("price", 10**400),
    ],
)
def test_a_bad_field_is_named(world, field, value):
    caller = world.signed_in(1)
    body = json.dumps(world.order(1) | {field: value})
    answer = caller.post("/v1/orders", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["field"] == field
    assert problem["expected"]
    assert not world.market.placed


def test_missing_and_unknown_fields_are_named(world):
    caller = world.signed_in(1)
    body = world.order(1) | {"colour": "green"}
    del body["price"]
    problem = caller.post("/v1/orders", json=body).json()
    assert {error["field"] for error in problem["errors"]} == {"price", "colour"}


def test_an_order_signed_by_somebody_else_is_refused(world):
    caller = world.signed_in(1)
    answer = caller.post("/v1/orders", json=world.order(1, signer=2))
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong-signer")
    stolen = caller.post("/v1/orders", json=world.order(2))
    assert (stolen.status_code, stolen.json()["code"]) == (403, "wrong-signer")
    assert not world.market.placed


def test_the_gate_and_the_deposit_are_kept(world):
    caller = world.signed_in(1)
    dear = caller.post("/v1/orders", json=world.order(1, quantity=10**6, price=10**6))
    assert (dear.status_code, dear.json()["code"]) == (409, "insufficient-funds")
    world.clock.move_to(MIDNIGHT + 2700)
    late = caller.post("/v1/orders", json=world.order(1))
    assert (late.status_code, late.json()["code"]) == (409, "gate-closed")
    assert late.json()["type"] == "/problems/gate-closed"


def test_an_idempotency_key_gives_the_same_response_again(world):
    caller = world.signed_in(1)
    key = {"Idempotency-Key": "order-of-noon"}
    first = caller.post("/v1/orders", json=world.order(1), headers=key)
    again = caller.post("/v1/orders", json=world.order(1), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_an_idempotency_key_stands_for_one_request(world):
    caller = world.signed_in(1)
    key = {"Idempotency-Key": "order-of-noon"}
    caller.post("/v1/orders", json=world.order(1), headers=key)
    other = caller.post("/v1/orders", json=world.order(1, salt=2), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    batch = {"orders": [world.order(1)]}
    assert caller.post("/v1/orders/batch", json=batch, headers=key).status_code == 422
    assert len(world.market.placed) == 1


def test_idempotency_keys_of_two_accounts_never_meet(world):
    key = {"Idempotency-Key": "the-same"}
    for account in (1, 2):
        answer = world.signed_in(account).post("/v1/orders", json=world.order(account), headers=key)
        assert answer.status_code == 201
    assert len(world.market.placed) == 2


def test_a_refused_request_frees_its_key(world):
    caller = world.signed_in(1)
    key = {"Idempotency-Key": "again"}
    dear = world.order(1, quantity=10**5, price=10**5)
    assert caller.post("/v1/orders", json=dear, headers=key).status_code == 409
    world.market.deposits[world.keys[1].address] = 10**12
    assert caller.post("/v1/orders", json=dear, headers=key).status_code == 201


def test_a_crash_after_the_key_was_bound_does_not_lock_it(world, monkeypatch):
    caller = world.signed_in(1)
    key = {"Idempotency-Key": "crash"}

    def crash(*_):
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(repository, "complete", crash)
        assert caller.post("/v1/orders", json=world.order(1), headers=key).status_code == 500
    again = caller.post("/v1/orders", json=world.order(1), headers=key)
    assert again.status_code == 200
    other = caller.post("/v1/orders", json=world.order(1, salt=2), headers=key)
    assert other.status_code == 422


def test_idempotency_keys_are_forgotten_after_a_day(world):
    key = {"Idempotency-Key": "daily"}
    world.signed_in(1).post("/v1/orders", json=world.order(1), headers=key)
    world.clock.move_to(MIDNIGHT + 86_401)
    later = world.order(1, interval=Interval(1, MIDNIGHT + 2 * 86_400, 900))
    assert world.signed_in(1).post("/v1/orders", json=later, headers=key).status_code == 201


def test_every_order_of_a_batch_is_judged_by_itself(world):
    caller = world.signed_in(1)
    caller.post("/v1/orders", json=world.order(1, salt=1))
    batch = [
        world.order(1, salt=1),
        world.order(1, salt=2),
        world.order(1, salt=3, signer=2),
        world.order(1, salt=4) | {"duration_s": 300},
        world.order(1, salt=5, side=Side.OFFER),
    ]
    answer = caller.post("/v1/orders/batch", json={"orders": batch})
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [r["status"] for r in results] == [200, 201, 403, 422, 201]
    assert [r["problem"] is None for r in results] == [True, True, False, False, True]
    assert results[3]["problem"]["field"] == "duration_s"
    assert len(world.market.placed) == 3


def test_a_batch_is_bounded(world):
    caller = world.signed_in(1)
    many = [world.order(1, salt=n) for n in range(101)]
    answer = caller.post("/v1/orders/batch", json={"orders": many})
    assert (answer.status_code, answer.json()["field"]) == (422, "orders")
    assert caller.post("/v1/orders/batch", json={"orders": []}).status_code == 422


def test_orders_are_paged_in_order_and_completely(world):
    caller = world.signed_in(1)
    for salt in range(23):
        interval = Interval(1, MIDNIGHT + 3600 + (salt % 5) * 900)
        body = world.order(1, salt=salt, interval=interval, side=Side.OFFER)
        assert caller.post("/v1/orders", json=body).status_code == 201
    seen, cursor = [], None
    while True:
        query = {"from": MIDNIGHT, "limit": 5} | ({"cursor": cursor} if cursor else {})
        page = caller.get("/v1/orders", params=query).json()
        assert len(page["items"]) <= 5
        seen += [(item["interval_start"], item["digest"]) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == 23
    assert seen == sorted(set(seen))


def test_a_listed_order_is_the_order_that_was_placed(world):
    caller = world.signed_in(1)
    body = world.order(1, price=-250, side=Side.OFFER)
    receipt = caller.post("/v1/orders", json=body).json()
    listed = caller.get("/v1/orders", params={"from": MIDNIGHT}).json()["items"]
    expected = {name: value for name, value in body.items() if name != "signature"}
    assert listed == [expected | receipt | {"filled_wh": None, "cancelled": False}]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "many"},
        {"from": -1},
        {"from": 10, "to": 9},
        {"from": 0, "to": 33 * 86_400},
        {"cursor": "nonsense"},
        {"cursor": "WzEsMl0"},
        {"cursor": "WzEsInp6Il0"},
        {"cursor": "[]"},
    ],
)
def test_bad_queries_are_named(world, query):
    answer = world.signed_in(1).get("/v1/orders", params=query)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"].startswith("query: ")
