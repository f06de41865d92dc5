"""A participant sees its own data, whatever it asks for."""

from __future__ import annotations

import pytest

from domain.interval import Interval
from domain.order import Side
from wallet_api.cursors import write_cursor

MIDNIGHT = 1743465600
DAY = {"from": MIDNIGHT, "to": MIDNIGHT + 86_400}


@pytest.fixture
def both(world):
    """Accounts 1 and 2 with orders, trades, readings, statements and balances of their own."""
    for account in (1, 2):
        caller = world.signed_in(account)
        for salt in range(4):
            interval = Interval(1, MIDNIGHT + 3600 + salt * 900)
            body = world.order(account, salt=salt, interval=interval, side=Side.OFFER)
            assert caller.post("/v1/orders", json=body).status_code == 201
            world.trade(account, 4 + salt, bytes([account, salt]) * 16, 100 * account)
            world.meter(account, 10 * account, 4 + salt, 1_000 * account)
            world.settle(account, 4 + salt, 100 * account, 150 * account)
    return world


@pytest.mark.parametrize("account", [1, 2])
def test_lists_hold_ones_own_items_only(both, account):
    caller = both.signed_in(account)
    orders = caller.get("/v1/orders", params=DAY).json()["items"]
    own = {"0x" + d.hex() for d, p in both.market.placed.items() if p.order.account == account}
    assert {item["digest"] for item in orders} == own
    trades = caller.get("/v1/trades", params=DAY).json()["items"]
    assert [t["quantity_wh"] for t in trades] == [100 * account] * 4
    assert [t["payment"] for t in trades] == [100 * account * 14_250] * 4
    readings = caller.get("/v1/readings", params=DAY).json()["items"]
    assert {(r["device"], r["imported_wh"]) for r in readings} == {(10 * account, 1_000 * account)}
    assert len(readings) == 4


def test_the_others_cursor_opens_nothing(both):
    mine, theirs = both.signed_in(1), both.signed_in(2)
    for path in ("orders", "trades", "readings"):
        cursor = theirs.get(f"/v1/{path}", params=DAY | {"limit": 1}).json()["next"]
        assert cursor
        leaked = mine.get(f"/v1/{path}", params=DAY | {"cursor": cursor}).json()["items"]
        own = mine.get(f"/v1/{path}", params=DAY).json()["items"]
        assert all(item in own for item in leaked)
    start = write_cursor([0, ""])
    assert len(mine.get("/v1/orders", params=DAY | {"cursor": start}).json()["items"]) == 4


@pytest.mark.parametrize("name", ["account", "wallet", "device", "subject"])
def test_naming_another_account_changes_nothing(both, name):
    caller = both.signed_in(1)
    for path in ("orders", "trades", "readings", "balances", "statements", "me"):
        asked = caller.get(f"/v1/{path}", params=DAY | {name: 2})
        assert asked.json() == caller.get(f"/v1/{path}", params=DAY).json()


def test_a_statement_adds_up_and_is_ones_own(both):
    statement = both.signed_in(2).get("/v1/statements", params=DAY).json()
    assert statement["account"] == 2
    assert (statement["from"], statement["to"]) == (DAY["from"], DAY["to"])
    assert len(statement["lines"]) == 4
    line = statement["lines"][0]
    assert (line["bought_wh"], line["imported_wh"], line["residual_wh"]) == (200, 300, 100)
    assert line["payment"] == 200 * 14_250 + 100 * 30_000
    assert line["grid_only_cost"] == 300 * 30_000
    assert line["saving"] == 200 * (30_000 - 14_250)
    assert line["price_hash"] == "0x" + (4).to_bytes(32, "big").hex()
    for field, total in statement["totals"].items():
        assert total == sum(each[field] for each in statement["lines"])


def test_balances_are_ones_own_and_reserve_open_bids(both):
    caller = both.signed_in(1)
    body = both.order(1, salt=77, quantity=2_000, price=10_000)
    assert caller.post("/v1/orders", json=body).status_code == 201
    both.funds.owed[1] = 5
    assert caller.get("/v1/balances").json() == {
        "account": 1,
        "wallet": both.keys[1].address,
        "currency": 10**9,
        "owed": 5,
        "reserved": 2 * 10**7,
        "available": 10**9 - 2 * 10**7 - 5,
        "energy_wh": 4_200,
    }
    other = both.signed_in(2).get("/v1/balances").json()
    assert (other["account"], other["reserved"], other["energy_wh"]) == (2, 0, 0)


def test_a_span_ends_before_its_last_second(both):
    caller = both.signed_in(1)
    quarter = {"from": MIDNIGHT + 3600, "to": MIDNIGHT + 4500}
    for path in ("orders", "trades", "readings"):
        items = caller.get(f"/v1/{path}", params=quarter).json()["items"]
        assert [item["interval_start"] for item in items] == [MIDNIGHT + 3600]


def test_a_barred_participant_still_reads_its_own_data(both):
    caller = both.signed_in(1)
    both.registry.members[1].active = False
    assert caller.get("/v1/me").json()["active"] is False
    assert len(caller.get("/v1/orders", params=DAY).json()["items"]) == 4
