"""Supply functions as files of orders tell them."""

from __future__ import annotations

import json

import pytest

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from market.mechanisms import Request
from market.mechanisms.supply_function import SUPPLY_FUNCTION
from market.orders_file import read_orders

_FULL = (
    "order_id,participant,side,quantity_wh,price,interval,kind,price_to,block,"
    "minimum_per_mille,linked_to"
)


def _clear(*lines, header=_FULL, tariff=None):
    content = "\n".join([header, *lines]).encode()
    book = read_orders(content, "orders.csv", SUPPLY_FUNCTION.columns)
    return SUPPLY_FUNCTION.fulfil(Request(book, tariff))


def test_five_columns_are_enough():
    cleared = _clear(
        "b,ada,bid,500,30000", "s,cy,offer,500,10000", header=_FULL.partition(",interval")[0]
    )
    assert cleared.outcome.price == 20_000
    assert cleared.figures["prices"] == [
        {"interval": 0, "price": 20_000, "price_interval": [10_000, 30_000], "volume_wh": 500}
    ]
    assert cleared.figures["welfare"] == cleared.figures["bound"] == 10_000_000
    assert cleared.figures["rounds"] == 0


def test_figures_are_json():
    cleared = _clear(
        "b,ada,bid,500,30000,3,,,,,", "x,vpp,offer,1000,10000,3,block,,X,200,", "n,a,bid,1,1,9,,,,,"
    )
    figures = json.loads(json.dumps(cleared.figures))
    assert figures["prices"][1] == {
        "interval": 9,
        "price": None,
        "price_interval": None,
        "volume_wh": 0,
    }
    assert figures["blocks"] == [
        {"block": "X", "accepted_per_mille": 500, "surplus": 0, "status": "partly-accepted"}
    ]
    assert figures["paradoxically_rejected"] == []


def test_json_lines():
    rows = [
        {"order_id": "b", "side": "bid", "quantity_wh": 10, "price": 9, "interval": 1},
        {
            "order_id": "s",
            "side": "offer",
            "quantity_wh": 10,
            "price": 1,
            "interval": 1,
            "kind": "linear",
            "price_to": 5,
            "block": None,
        },
    ]
    lines = "\n".join(json.dumps(row | {"participant": "p"}) for row in rows)
    book = read_orders(lines.encode(), "orders.jsonl", SUPPLY_FUNCTION.columns)
    cleared = SUPPLY_FUNCTION.fulfil(Request(book))
    assert cleared.outcome.price == 7
    assert cleared.outcome.volume == 10


def test_one_order_of_a_block_may_speak_for_all():
    cleared = _clear(
        "b,ada,bid,500,30000,0,,,,,",
        "c,ada,bid,500,30000,1,,,,,",
        "x,vpp,offer,600,10000,0,block,,X,1000,",
        "y,vpp,offer,600,10000,1,block,,X,,",
    )
    assert cleared.figures["blocks"][0]["status"] == "unfillable"
    assert cleared.outcome.volume == 0


def test_a_minimum_that_nobody_can_fill_is_told_from_a_paradox():
    cleared = _clear(
        "b,ada,bid,500,30000,0,,,,,",
        "s,cy,offer,500,20000,0,,,,,",
        "x,vpp,offer,2000,10000,0,block,,X,300,",
    )
    assert cleared.outcome.price == 25_000
    assert cleared.figures["blocks"] == [
        {"block": "X", "accepted_per_mille": 0, "surplus": 0, "status": "unfillable"}
    ]
    assert cleared.figures["paradoxically_rejected"] == []


def test_orders_are_clamped_to_the_tariff():
    cleared = _clear(
        "b,ada,bid,500,90000,0,,,,,",
        "x,vpp,offer,500,-90000,0,block,,X,1000,",
        tariff=Tariff(8_000, 30_000),
    )
    assert cleared.outcome.price == 19_000
    assert cleared.figures["welfare"] == 500 * 22_000
    assert cleared.figures["blocks"][0]["surplus"] == 500 * 11_000


_BLOCK = "x,vpp,offer,5,1,0,block,,X,,"


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        (["a,p,bid,5,1,0,ramp,,,,"], "order a: kind"),
        (["a,p,bid,5,1,-1,,,,,"], "line 2: interval"),
        (["a,p,bid,5,1,0,linear,,,,"], "order a: price_to"),
        (["a,p,bid,5,1,0,step,1,,,"], "order a: price_to"),
        (["a,p,bid,5,1,0,linear,2,,,"], "order a: price_to"),
        (["a,p,offer,5,1,0,linear,0,,,"], "order a: price_to"),
        (["a,p,offer,1,1,0,linear,2,,,"], "order a: quantity_wh"),
        (["a,p,offer,5,1,0,block,,,,"], "order a: block"),
        (["a,p,offer,5,1,0,block,2,X,,"], "order a: price_to"),
        (["a,p,offer,5,1,0,step,,X,,"], "order a: block"),
        (["a,p,offer,5,1,0,step,,,500,"], "order a: minimum_per_mille"),
        (["a,p,offer,5,1,0,step,,,,X"], "order a: linked_to"),
        (["a,p,offer,5,1,0,block,,X,1001,"], "line 2: minimum_per_mille"),
        (["a,p,offer,5,1,0,block,,X,-1,"], "line 2: minimum_per_mille"),
        ([_BLOCK, "a,p,offer,5,1,1,block,,X,500,", "b,p,offer,5,1,2,block,,X,400,"], "order b"),
        ([_BLOCK, "a,p,offer,5,1,0,block,,X,,"], "order a: interval"),
        ([_BLOCK, "a,p,bid,5,1,1,block,,X,,"], "order a: side"),
        (["a,p,offer,5,1,0,block,,X,,Y"], "block X: linked_to"),
        (["a,p,offer,5,1,0,block,,X,,X"], "block X: linked_to"),
        (["a,p,bid,5,1,0,block,,X,,Y", "b,p,bid,5,1,0,block,,Y,,X"], "block X: linked_to"),
    ],
)
def test_faults_name_order_or_block_and_column(lines, field):
    with pytest.raises(InvalidValueError) as caught:
        _clear(*lines)
    assert caught.value.field.startswith(field)


def test_a_circle_of_links_names_the_blocks():
    with pytest.raises(InvalidValueError, match=r"block P: linked_to: .* got 'Q'"):
        _clear("a,p,bid,5,1,0,block,,P,,Q", "b,p,bid,5,1,0,block,,Q,,P")
