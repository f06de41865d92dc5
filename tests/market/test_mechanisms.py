"""Mechanisms are chosen by name."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from domain.errors import InvalidValueError
from identity.hashing import keccak256
from market.clearing import clear_uniform_price
from market.mechanisms import MECHANISMS, mechanism, mechanism_id, provable_rule
from market.operator import MarketOperator


def test_known_names():
    assert set(MECHANISMS) >= {"uniform-price", "pay-as-bid", "trade-reduction", "vcg"}
    assert all(mechanism(name).name == name for name in MECHANISMS)
    assert mechanism_id("uniform-price") == keccak256(b"uniform-price")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InvalidValueError, match=r"--mechanism: expected one of: .*uniform-price"):
        mechanism("lottery", "--mechanism")


def test_only_a_mechanism_that_the_contract_proves_may_run_a_community():
    assert provable_rule("uniform-price") is clear_uniform_price
    for name in ("pay-as-bid", "trade-reduction", "vcg"):
        with pytest.raises(InvalidValueError, match=f"proves .uniform-price., got '{name}'"):
            provable_rule(name)


def test_the_operator_refuses_the_others():
    engine = create_engine("sqlite://")
    with pytest.raises(InvalidValueError, match="mechanism that the contract proves"):
        MarketOperator(engine, contract=None, outbox=None, events=None, mechanism_name="vcg")


@pytest.mark.parametrize(
    ("name", "field"),
    [("continuous", "entered"), ("zonal", "zone"), ("network-constrained", "node")],
)
def test_orders_alone_are_refused_where_a_column_is_required(name, field, as_arrays):
    with pytest.raises(InvalidValueError, match=f"{field}: expected .* which {name} asks for"):
        mechanism(name).clear(as_arrays([]))


@pytest.mark.parametrize("name", ["trade-reduction", "vcg"])
def test_a_point_is_refused_where_there_is_none(name):
    mechanism(name).require_k(None)
    with pytest.raises(InvalidValueError, match=f"--k: expected no value, for {name} takes none"):
        mechanism(name).require_k(500, "--k")


@pytest.mark.parametrize("k", [-1, 1001])
@pytest.mark.parametrize("name", ["uniform-price", "pay-as-bid"])
def test_a_point_lies_between_its_limits(name, k):
    with pytest.raises(InvalidValueError, match="k: expected an integer from 0 to 1000"):
        mechanism(name).require_k(k)
