"""Mechanisms are chosen by name."""

from __future__ import annotations

import pytest

from chain.commitments import mechanism_id
from domain.errors import InvalidValueError
from market.mechanisms import MECHANISMS, mechanism, mechanism_of_id, provable_mechanism

_PROVEN = (
    "bill-sharing",
    "mid-market-rate",
    "pay-as-bid",
    "supply-demand-ratio",
    "uniform-price",
)


def test_known_names():
    assert set(MECHANISMS) >= {*_PROVEN, "trade-reduction", "vcg"}
    assert all(mechanism(name).name == name for name in MECHANISMS)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InvalidValueError, match=r"--mechanism: expected one of: .*uniform-price"):
        mechanism("lottery", "--mechanism")


def test_only_a_mechanism_that_the_contract_proves_may_run_a_community():
    assert {name for name, one in MECHANISMS.items() if one.provable} == set(_PROVEN)
    for name in _PROVEN:
        found, provable = provable_mechanism(name)
        assert (found.name, found.provable) == (name, provable)
    for name in ("trade-reduction", "vcg", "cooperative"):
        expected = rf"proves \({', '.join(_PROVEN)}\), got '{name}'"
        with pytest.raises(InvalidValueError, match=expected):
            provable_mechanism(name)


@pytest.mark.parametrize("name", _PROVEN)
def test_the_chain_s_identifier_leads_back_to_the_mechanism(name):
    assert mechanism_of_id(mechanism_id(name)) == provable_mechanism(name)


@pytest.mark.parametrize("name", ["vcg", "lottery"])
def test_an_identifier_of_something_that_is_not_proven_is_refused(name):
    with pytest.raises(InvalidValueError, match=r"expected one of: .*uniform-price, got"):
        mechanism_of_id(mechanism_id(name))


def test_the_chain_holds_the_point_or_nothing():
    assert [mechanism("pay-as-bid").chain_k(k) for k in (None, 0, 250)] == [500, 0, 250]
    assert mechanism("mid-market-rate").chain_k(None) == 0
    with pytest.raises(InvalidValueError, match="k: expected no value, for mid-market-rate"):
        mechanism("mid-market-rate").chain_k(500)


def test_a_book_fits_one_transaction_with_its_proof():
    limits = {name: provable_mechanism(name)[1].book_limit for name in _PROVEN}
    assert limits.pop("pay-as-bid") == 120_000 // (12 + 32 + 8)
    assert set(limits.values()) == {10_000}


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
