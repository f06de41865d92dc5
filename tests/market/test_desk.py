"""The order desk: what it takes, what it refuses, and that it does so once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chain.commitments import mechanism_id
from chain.contracts import ChosenMechanism, Mandate, Sides
from chain.failures import ChainUnavailableError
from domain.errors import InvalidValueError, RefusedError
from domain.interval import Interval
from domain.order import Side
from domain.units import MAX_PRICE, Account, Money
from identity.keys import EvmKey, recover
from identity.typed_data import receipt_digest
from market.desk import MAX_ENERGY
from market.errors import InsufficientFundsError
from market.members import RememberedMembers
from market.proving import model as proving_model


def _refusal(counter, order, signature=None, desk=None):
    with pytest.raises(RefusedError) as caught:
        (desk or counter.desk).accept(order, signature or counter.sign(order))
    return caught.value.code


def test_an_order_gets_a_receipt_that_the_operator_signed(counter):
    order, receipt = counter.place()
    assert receipt.order_digest == counter.digest(order)
    assert receipt.received_at == counter.clock.now()
    signed = receipt_digest(counter.domain, receipt.order_digest, receipt.received_at)
    assert recover(signed, receipt.signature) == counter.operator.address


def test_an_agent_orders_within_its_mandate(counter):
    now, agent = counter.clock.now(), EvmKey.generate()
    mandate = Mandate(now, now + 10, Sides.BIDS, 500, 0, 20_000)
    counter.neighbours.mandates[2, agent.address] = mandate
    order = counter.order()
    receipt = counter.desk.accept(order, agent.sign(counter.digest(order)))
    assert receipt.order_digest == counter.digest(order)
    (placed,) = counter.records.orders(Account(2), 0, 2**40)
    assert placed.order == order


def test_the_same_order_gets_the_same_receipt_whatever_has_changed(counter):
    order, receipt = counter.place()
    counter.clock.move_to(order.interval.end)
    counter.neighbours.entries.clear()
    assert counter.desk.accept(order, counter.sign(order)) == receipt
    assert counter.open().accept(order, b"") == receipt
    assert len(counter.records.orders(Account(2), 0, 2**40)) == 1


def test_placed_orders_are_read_back(counter):
    order, receipt = counter.place(side=Side.OFFER, price=-5)
    (placed,) = counter.records.orders(Account(2), order.interval.start, order.interval.end)
    assert placed.order == order
    assert (placed.digest, placed.received_at, placed.receipt) == (
        receipt.order_digest,
        receipt.received_at,
        receipt.signature,
    )
    assert placed.filled is None
    assert counter.records.is_known(receipt.order_digest)
    assert not counter.records.is_known(bytes(32))
    assert counter.records.book(order.interval) == []


class TestRefusals:
    def test_unknown_community(self, counter):
        order = counter.order(interval=Interval(99, counter.interval.start))
        assert _refusal(counter, order) == "unknown-community"

    def test_wrong_interval(self, counter):
        order = counter.order(interval=Interval(counter.interval.community, 0, 3600))
        assert _refusal(counter, order) == "wrong-interval"

    def test_unknown_account(self, counter):
        assert _refusal(counter, counter.order(account=77), bytes(65)) == "unknown-account"

    def test_inactive_account(self, counter):
        counter.neighbours.entries[3] = type(counter.neighbours.entries[3])("0x0", active=False)
        assert _refusal(counter, counter.order(account=3)) == "inactive-account"

    def test_the_grid_places_no_orders(self, counter):
        assert _refusal(counter, counter.order(account=1)) == "not-a-trader"

    def test_wrong_signer(self, counter):
        order = counter.order(account=2)
        assert _refusal(counter, order, counter.sign(order, signer=3)) == "wrong-signer"

    def test_a_changed_order(self, counter):
        signature = counter.sign(counter.order(price=1))
        assert _refusal(counter, counter.order(price=2), signature) == "wrong-signer"

    def test_an_agent_beyond_its_mandate(self, counter):
        now, agent = counter.clock.now(), EvmKey.generate()
        mandate = Mandate(now, now + 10, Sides.BIDS, 500, 0, 20_000)
        counter.neighbours.mandates[2, agent.address] = mandate
        for order in (
            counter.order(quantity=501),
            counter.order(price=20_001),
            counter.order(side=Side.OFFER),
            counter.order(account=3),
        ):
            signature = agent.sign(counter.digest(order))
            assert _refusal(counter, order, signature) == "wrong-signer"
        counter.clock.move_to(now + 10)
        order = counter.order()
        assert _refusal(counter, order, agent.sign(counter.digest(order))) == "wrong-signer"

    def test_gate(self, counter):
        counter.clock.move_to(counter.interval.start - 61)
        counter.place()
        counter.clock.move_to(counter.interval.start - 60)
        assert _refusal(counter, counter.order()) == "gate-closed"

    def test_the_desk_may_close_before_the_gate(self, counter):
        desk = counter.open(closing_seconds=30)
        counter.clock.move_to(counter.interval.start - 90)
        assert _refusal(counter, counter.order(), desk=desk) == "gate-closed"
        counter.place()

    def test_orders_an_account(self, counter):
        desk = counter.open(orders_an_account=2)
        counter.place()
        counter.place()
        assert _refusal(counter, counter.order(), desk=desk) == "too-many-orders"
        counter.place(account=3)
        later = Interval(counter.interval.community, counter.interval.end)
        order = counter.order(interval=later)
        desk.accept(order, counter.sign(order))

    def test_energy_an_account(self, counter):
        desk = counter.open(energy_an_account=1000)
        first = counter.order(quantity=600)
        desk.accept(first, counter.sign(first))
        assert _refusal(counter, counter.order(quantity=401), desk=desk) == "too-much-energy"
        rest = counter.order(quantity=400, side=Side.OFFER)
        desk.accept(rest, counter.sign(rest))

    def test_orders_a_book(self, counter):
        desk = counter.open(orders_a_book=2)
        counter.place()
        counter.place(account=3)
        assert _refusal(counter, counter.order(account=4), desk=desk) == "book-full"
        assert _refusal(counter, counter.order(account=4), desk=desk) == "book-full"
        counter.place(account=4)

    def test_a_mechanism_that_posts_more_takes_fewer_orders(self, counter, monkeypatch):
        monkeypatch.setattr(proving_model, "_POSTED_BYTES", 110)
        counter.neighbours.chosen = ChosenMechanism(mechanism_id("pay-as-bid"), 500)
        desk = counter.open()
        for account in (2, 3):
            order = counter.order(account=account)
            desk.accept(order, counter.sign(order))
        assert _refusal(counter, counter.order(account=4), desk=desk) == "book-full"

    def test_a_mechanism_that_this_node_does_not_know(self, counter):
        counter.neighbours.chosen = ChosenMechanism(mechanism_id("vcg"), 0)
        order = counter.order()
        with pytest.raises(InvalidValueError, match="mechanism of the community: expected one of"):
            counter.open().accept(order, counter.sign(order))

    def test_funds_cover_all_open_bids_at_their_worst(self, counter):
        counter.neighbours.funds[2] = Money(500 * 20_000 * 2)
        counter.place()
        later = Interval(counter.interval.community, counter.interval.end)
        counter.place(interval=later)
        assert counter.records.reserved(Account(2)) == 500 * 20_000 * 2
        assert _refusal(counter, counter.order(quantity=1, price=1)) == "insufficient-funds"

    def test_offers_and_bids_below_zero_need_no_funds(self, counter):
        counter.neighbours.funds[2] = Money(0)
        counter.place(side=Side.OFFER)
        counter.place(price=-20_000)
        counter.place(price=0)
        assert counter.records.reserved(Account(2)) == 0
        assert _refusal(counter, counter.order(price=1)) == "insufficient-funds"

    def test_an_offer_below_zero_is_paid_by_its_seller(self, counter):
        counter.neighbours.funds[2] = Money(500 * 20_000 + 499)
        counter.place(side=Side.OFFER, price=-20_000)
        assert counter.records.reserved(Account(2)) == 500 * 20_000
        below = counter.order(side=Side.OFFER, quantity=500, price=-1)
        assert _refusal(counter, below) == "insufficient-funds"
        counter.place(side=Side.OFFER, quantity=499, price=-1)

    def test_funds_cover_the_fee_of_each_bids_interval(self, counter):
        later = Interval(counter.interval.community, counter.interval.end)
        counter.neighbours.announce(700)
        counter.neighbours.announce(1_000, valid_from=later.start)
        counter.neighbours.funds[2] = Money(500 * 20_700 + 500 * 21_000 - 1)
        counter.place()
        assert counter.records.reserved(Account(2)) == 500 * 20_700
        with pytest.raises(InsufficientFundsError, match="fees included") as refused:
            counter.place(interval=later)
        assert refused.value.needed == 500 * 20_700 + 500 * 21_000
        counter.place(interval=later, quantity=499)
        counter.neighbours.funds[2] = Money(0)
        counter.place(side=Side.OFFER)

    def test_who_pays_nothing_is_not_asked_for_funds_or_fees(self, counter, monkeypatch):
        def unreachable(*_):
            raise ChainUnavailableError("http://127.0.0.1:1", "refused")

        monkeypatch.setattr(counter.neighbours, "schedule", unreachable)
        monkeypatch.setattr(counter.neighbours, "available", unreachable)
        counter.place(side=Side.OFFER, price=0)
        for side, price in ((Side.BID, 0), (Side.OFFER, -1)):
            with pytest.raises(ChainUnavailableError):
                counter.place(side=side, price=price)

    def test_what_is_held_back_meanwhile_counts(self, counter, monkeypatch):
        """An interval is cleared between what is available and what open orders may cost."""
        neighbours = counter.neighbours
        told = iter([Money(10**12), Money(0)])

        def available(_):
            neighbours.held_back += 1
            return next(told)

        monkeypatch.setattr(neighbours, "available", available)
        monkeypatch.setattr(neighbours, "revision", lambda: min(neighbours.held_back, 1))
        assert _refusal(counter, counter.order()) == "insufficient-funds"
        assert neighbours.held_back == 2

    def test_a_fee_that_is_announced_later_counts_for_bids_of_before(self, counter):
        counter.neighbours.funds[2] = Money(500 * 20_000 + 499)
        counter.place()
        counter.neighbours.announce(1)
        assert counter.records.reserved(Account(2)) == 500 * 20_001
        assert _refusal(counter, counter.order(quantity=1, price=0)) == "insufficient-funds"

    def test_a_bid_that_receives_less_than_its_fee_costs_the_rest(self, counter):
        counter.neighbours.announce(30)
        counter.neighbours.funds[2] = Money(500 * 10)
        counter.place(price=-30)
        counter.place(price=-20)
        assert counter.records.reserved(Account(2)) == 500 * 10
        assert _refusal(counter, counter.order(quantity=1, price=-29)) == "insufficient-funds"

    def test_what_is_reserved_is_the_sum_of_all_open_orders(self, counter):
        counter.neighbours.announce(30)
        terms = [(side, price) for side in Side for price in (-40, -30, -20, -20, 0, 7, 9)]
        later = Interval(counter.interval.community, counter.interval.end)
        for side, price in terms:
            counter.place(side=side, price=price)
            counter.place(side=side, price=price, interval=later, quantity=3)
        bids = sum(max(price + 30, 0) for side, price in terms if side is Side.BID)
        offers = sum(max(-price, 0) for side, price in terms if side is Side.OFFER)
        assert counter.records.reserved(Account(2)) == 503 * (bids + offers)

    def test_costs_beyond_64_bits_are_added_up_exactly(self, counter):
        counter.neighbours.funds[2] = Money(2**70)
        first = counter.interval
        for number in range(5):
            interval = Interval(first.community, first.start + number * first.duration)
            order = counter.order(interval=interval, quantity=MAX_ENERGY, price=MAX_PRICE)
            counter.desk.accept(order, counter.sign(order))
        assert counter.records.reserved(Account(2)) == 5 * MAX_ENERGY * MAX_PRICE > 2**64

    def test_bids_are_open_until_their_interval_is_over(self, counter):
        counter.place()
        counter.clock.move_to(counter.interval.end - 1)
        assert counter.records.reserved(Account(2)) == 500 * 20_000
        counter.clock.move_to(counter.interval.end)
        assert counter.records.reserved(Account(2)) == 0

    def test_the_first_broken_rule_is_named(self, counter):
        """A stranger's order of a closed interval: the account is looked at before the gate."""
        counter.clock.move_to(counter.interval.end)
        assert _refusal(counter, counter.order(account=77), bytes(65)) == "unknown-account"

    @pytest.mark.parametrize("signature", [b"\0" * 64, b"\0" * 65, b"\xff" * 65])
    def test_malformed_signatures(self, counter, signature):
        with pytest.raises(InvalidValueError) as caught:
            counter.desk.accept(counter.order(), signature)
        assert caught.value.field == "signature"

    def test_a_refused_order_leaves_nothing_behind(self, counter):
        counter.neighbours.funds[2] = Money(0)
        order = counter.order()
        _refusal(counter, order)
        assert not counter.records.is_known(counter.digest(order))


def test_many_threads_get_the_same_receipt_of_the_same_order(counter):
    order = counter.order()
    signature = counter.sign(order)
    barrier = threading.Barrier(8)

    def accept(_number):
        barrier.wait()
        return counter.desk.accept(order, signature)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(accept, range(8)))) == 1


def test_threads_cannot_spend_the_same_funds_twice(counter):
    counter.neighbours.funds[2] = Money(500 * 20_000 * 10)
    orders = [counter.order() for _ in range(40)]

    def accept(order):
        try:
            return counter.desk.accept(order, counter.sign(order))
        except RefusedError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(accept, orders))
    assert outcomes.count("insufficient-funds") == 30
    assert counter.records.reserved(Account(2)) == counter.neighbours.funds[2]


def test_pages_follow_start_and_digest(counter):
    later = Interval(counter.interval.community, counter.interval.end)
    for interval in (later, counter.interval, later):
        counter.place(interval=interval)
    every = counter.records.orders(Account(2), 0, 2**40)
    places = [(placed.order.interval.start, placed.digest) for placed in every]
    assert places == sorted(places)
    paged = []
    while page := counter.records.orders(
        Account(2), 0, 2**40, after=places[len(paged) - 1] if paged else (-1, b""), limit=1
    ):
        paged += page
    assert paged == every
    assert counter.records.orders(Account(2), later.start, later.end) == every[1:]


def test_members_are_remembered_for_a_while(counter):
    now = [0.0]
    members = RememberedMembers(counter.neighbours, 30, timer=lambda: now[0])
    before = members.participant(2)
    counter.neighbours.entries[2] = type(before)(EvmKey.generate().address, active=False)
    now[0] = 29.0
    assert members.participant(2) == before
    now[0] = 31.0
    assert members.participant(2) == counter.neighbours.entries[2]
    counter.neighbours.entries[2] = before
    members.forget(2)
    assert members.participant(2) == before
    assert members.participant(99) is None
    counter.neighbours.entries[99] = before
    assert members.participant(99) == before
