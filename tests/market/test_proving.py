"""What is posted to the contract, checked as the contract does: without clearing anything."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.contracts import NO_ORDER, PayAsBidResult
from domain.allocation import AllocationRow, pack_allocation
from domain.tariff import Tariff
from domain.trade import NO_ALLOCATION
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from identity.hashing import keccak256
from market.mechanisms import MECHANISMS, mechanism
from market.proving import PAY_AS_BID, ClaimedPrice

_SOME = settings(max_examples=120, deadline=None)
_PROVEN = sorted(name for name, one in MECHANISMS.items() if one.provable)


def _with_copies(random, book):
    """Some orders stand in the book twice, as copies put on chain do; an account's fit 32 bits."""
    copies = random.sample(book, min(2, len(book)))
    orders = random.sample(book + copies, len(book) + len(copies))
    return [replace(order, quantity=min(order.quantity, MAX_QUANTITY // 32)) for order in orders]


def _accounts(book):
    """Copies belong to one account, which may have other orders, on both sides too."""
    return np.array([order.key[0] % 4 + 1 for order in book], np.int64)


def _propose(name, book, tariff, k, as_arrays):
    """Each order an account of its own."""
    provable = mechanism(name).provable
    return provable.rule(as_arrays(book), np.arange(1, len(book) + 1), tariff, k)


@pytest.mark.parametrize("name", _PROVEN)
def test_what_is_recorded_is_the_mechanism_s_own_result(name, strategies, as_arrays):
    one = mechanism(name)

    @_SOME
    @given(strategies.books, strategies.tariffs.filter(bool), st.integers(0, 1000))
    def check(book, tariff, k):
        outcome = one.clear(as_arrays(book), tariff, k if one.takes_k else None)
        found = _propose(name, book, tariff, k, as_arrays)
        assert (found.volume, found.filled.tolist()) == (outcome.volume, outcome.filled.tolist())
        assert found.payments.tolist() == outcome.payments.tolist()
        assert (found.low, found.high) == (outcome.interval or (None, None))
        assert (found.price is None) == (found.volume == 0)
        assert tariff.feed_in <= found.proof.price <= tariff.retail
        assert found.proof.volume == found.volume
        if name != "pay-as-bid":
            assert found.price == outcome.price
            assert isinstance(found.proof, ClaimedPrice)
            assert found.allocation_hash == NO_ALLOCATION

    check()


@pytest.mark.parametrize("name", _PROVEN)
def test_no_order_costs_more_than_its_limit_holds_back(name, strategies, as_arrays):
    """The desk holds back a bid's limit, and what a seller would pay to be rid of its energy."""

    @_SOME
    @given(strategies.books, strategies.tariffs.filter(bool), st.integers(0, 1000))
    def check(book, tariff, k):
        payments = _propose(name, book, tariff, k, as_arrays).payments.tolist()
        for order, payment in zip(book, payments, strict=True):
            worst = -order.price if order.is_offer else order.price
            assert payment <= max(0, worst * order.quantity)

    check()


def test_pay_as_bid_s_proof_holds(strategies, as_arrays):
    @_SOME
    @given(
        strategies.books,
        strategies.tariffs.filter(bool),
        st.integers(0, 1000),
        st.randoms(use_true_random=False),
    )
    def check(book, tariff, k, random):
        book = _with_copies(random, book)
        found = PAY_AS_BID.rule(as_arrays(book), _accounts(book), tariff, k)
        assert isinstance(found.proof, PayAsBidResult)
        if not found.volume:
            rest = (b"", b"", NO_ORDER, 0, NO_ALLOCATION)
            assert found.proof == PayAsBidResult(found.proof.price, 0, *rest)
            return
        filled, payments = _verified(book, tariff, k, found.proof)
        assert filled == found.filled.tolist()
        assert payments == found.payments.tolist()

    check()


class _Side:
    """One side of a posted result, read as the contract reads it."""

    def __init__(self, book, tariff, packed, is_offer, proof):
        self.book, self.is_offer = book, is_offer
        words = [int.from_bytes(packed[at : at + 4], "big") for at in range(0, len(packed), 4)]
        self.places, self.rows = words[::2], words[1::2]
        self.limits = [self._limit(book[place], tariff) for place in self.places]
        self._require_merit_order()
        assert all(book[place].is_offer is is_offer for place in self.places)
        self._require_all(tariff, proof.price)
        self.shares = self._shares(proof)

    def _limit(self, order, tariff):
        if self.is_offer:
            return max(order.price, tariff.feed_in)
        return min(order.price, tariff.retail)

    def _require_merit_order(self):
        sign = 1 if self.is_offer else -1
        ranks = [
            (sign * limit, self.book[place].key, place)
            for limit, place in zip(self.limits, self.places, strict=True)
        ]
        assert all(one < other for one, other in pairwise(ranks))

    def _require_all(self, tariff, price):
        accepting = {
            place
            for place, order in enumerate(self.book)
            if order.is_offer is self.is_offer
            and (self._limit(order, tariff) - price) * (1 if self.is_offer else -1) <= 0
        }
        assert set(self.places) == accepting

    def _shares(self, proof):
        quantities = [self.book[place].quantity for place in self.places]
        at_price = [limit == proof.price for limit in self.limits]
        total = sum(q for q, marginal in zip(quantities, at_price, strict=True) if marginal)
        rest = proof.volume - (sum(quantities) - total)
        shares = []
        for place, quantity, marginal in zip(self.places, quantities, at_price, strict=True):
            if not marginal or total == rest:
                shares.append(quantity)
                continue
            last = proof.last_extra
            is_extra = last in self.places and self._rank(place, rest, total) <= self._rank(
                last, rest, total
            )
            shares.append(quantity * rest // total + is_extra)
        assert sum(shares) == proof.volume
        return shares

    def _rank(self, place, rest, total):
        order = self.book[place]
        return -(order.quantity * rest % total), order.key, place


def _verified(book, tariff, k, proof):
    bids = _Side(book, tariff, proof.bids, False, proof)
    offers = _Side(book, tariff, proof.offers, True, proof)
    filled, payments = [0] * len(book), [0] * len(book)
    for side in (bids, offers):
        for place, share in zip(side.places, side.shares, strict=True):
            filled[place] = share
    at, left = 0, offers.shares[0]
    for number, place in enumerate(bids.places):
        wanted = bids.shares[number]
        while wanted:
            while not left:
                at += 1
                left = offers.shares[at]
            met = min(wanted, left)
            asked = offers.limits[at]
            money = met * (asked + (bids.limits[number] - asked) * k // 1000)
            payments[place] += money
            payments[offers.places[at]] -= money
            wanted, left = wanted - met, left - met
    _require_allocation(book, (bids, offers), filled, payments, proof)
    return filled, payments


def _require_allocation(book, sides, filled, payments, proof):
    accounts = _accounts(book).tolist()
    sums = {}
    for place, order in enumerate(book):
        if filled[place]:
            row = sums.setdefault(accounts[place], [0, 0, 0])
            row[order.is_offer] += filled[place]
            row[2] += payments[place]
    rows = [AllocationRow(account, *sums[account]) for account in sorted(sums)]
    assert proof.accounts == len(rows)
    assert proof.allocation_hash == keccak256(pack_allocation(rows))
    assert sum(row.payment for row in rows) == 0
    for side in sides:
        for place, at in zip(side.places, side.rows, strict=True):
            assert not filled[place] or rows[at].account == accounts[place]


def test_a_worked_example(plain_order, as_arrays):
    """Two equal bids and one twice as large at the margin share 2 Wh: 1 is left over."""
    keys = [bytes([number]) * 32 for number in (9, 4, 6, 1)]
    book = [
        plain_order(False, 20, 1, keys[0]),
        plain_order(False, 20, 1, keys[1]),
        plain_order(False, 20, 2, keys[2]),
        plain_order(True, 10, 2, keys[3]),
    ]
    accounts = np.array([7, 7, 8, 5], np.int64)
    found = PAY_AS_BID.rule(as_arrays(book), accounts, Tariff(0, 30), 500)
    assert found.filled.tolist() == [0, 1, 1, 2]
    assert found.payments.tolist() == [0, 15, 15, -30]
    assert (found.price, found.low, found.high) == (20, 20, 20)
    rows = [AllocationRow(5, 0, 2, -30), AllocationRow(7, 1, 0, 15), AllocationRow(8, 1, 0, 15)]
    assert found.proof == PayAsBidResult(
        price=20,
        volume=2,
        bids=_ranked((1, 1), (2, 2), (0, 1)),
        offers=_ranked((3, 0)),
        last_extra=1,
        accounts=3,
        allocation_hash=keccak256(pack_allocation(rows)),
    )


def _ranked(*orders):
    return b"".join(number.to_bytes(4, "big") for order in orders for number in order)


def test_an_account_whose_orders_come_to_nothing_has_no_row(plain_order, as_arrays):
    keys = [bytes([number]) * 32 for number in (1, 2, 3)]
    book = [
        plain_order(False, 20, 1, keys[0]),
        plain_order(False, 20, 1, keys[1]),
        plain_order(True, 20, 1, keys[2]),
    ]
    found = PAY_AS_BID.rule(as_arrays(book), np.array([2, 3, 1], np.int64), Tariff(0, 30), 0)
    assert found.filled.tolist() == [1, 0, 1]
    assert (found.proof.accounts, found.proof.bids) == (2, _ranked((0, 1), (1, 0)))


def test_sums_of_an_account_beyond_64_bits_stay_exact(plain_order, as_arrays):
    keys = [bytes([number]) * 32 for number in range(4)]
    half = MAX_QUANTITY // 2
    book = [
        *(plain_order(False, MAX_PRICE, half, key) for key in keys[:2]),
        *(plain_order(True, MIN_PRICE, half, key) for key in keys[2:]),
    ]
    tariff = Tariff(MIN_PRICE, MAX_PRICE)
    found = PAY_AS_BID.rule(as_arrays(book), np.array([1, 1, 2, 2], np.int64), tariff, 1000)
    paid = 2 * half * MAX_PRICE
    rows = [AllocationRow(1, 2 * half, 0, paid), AllocationRow(2, 0, 2 * half, -paid)]
    assert found.allocation_hash == keccak256(pack_allocation(rows))
