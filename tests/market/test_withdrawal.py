"""Orders that participants take back before they are in a batch."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.orm import sessionmaker

from chain.contracts import Mandate, Sides
from domain.errors import InvalidValueError, RefusedError
from domain.order import Side
from domain.units import Account
from identity.keys import EvmKey, recover
from identity.typed_data import withdrawal_digest, withdrawal_receipt_digest
from market.errors import AlreadyCommittedError
from market.repository.books import BookRepository
from market.repository.orders import OrderRepository


def _signature(counter, digest, signer=2):
    return counter.neighbours.keys[signer].sign(withdrawal_digest(counter.domain, digest))


def _withdraw(counter, digest, account=2, signer=2):
    return counter.desk.withdraw(Account(account), digest, _signature(counter, digest, signer))


def _refusal(action, *arguments, **options):
    with pytest.raises(RefusedError) as caught:
        action(*arguments, **options)
    return caught.value.code


def _commit(counter, digest, number=None):
    with sessionmaker(counter.engine).begin() as session:
        book = BookRepository(session)
        book.add_batch(counter.interval, bytes(32), bytes(32), [digest], step=0, number=number)


def _pending(counter):
    with sessionmaker(counter.engine)() as session:
        return [kept.digest for kept in BookRepository(session).pending(counter.interval, 99)]


def test_a_withdrawn_order_counts_no_more(counter):
    order, receipt = counter.place()
    _, other = counter.place(side=Side.OFFER)
    reserved = counter.records.reserved(Account(2))
    assert reserved == order.quantity * order.price
    counter.clock.move_to(counter.clock.now() + 5)
    withdrawn = _withdraw(counter, receipt.order_digest)
    assert withdrawn.order_digest == receipt.order_digest
    assert withdrawn.withdrawn_at == counter.clock.now()
    signed = withdrawal_receipt_digest(counter.domain, receipt.order_digest, counter.clock.now())
    assert recover(signed, withdrawn.signature) == counter.operator.address
    assert counter.records.reserved(Account(2)) == 0
    assert _pending(counter) == [other.order_digest]
    placed = {one.digest: one.cancelled for one in counter.records.orders(Account(2), 0, 2**40)}
    assert placed == {receipt.order_digest: True, other.order_digest: False}
    (stored,) = counter.records.withdrawals(counter.interval)
    assert (stored.kept.order, stored.withdrawn_at) == (order, withdrawn.withdrawn_at)
    assert stored.signature == _signature(counter, receipt.order_digest)


def test_its_energy_is_free_again_and_its_place_is_not(counter):
    desk = counter.desk = counter.open(energy_an_account=500, orders_an_account=2)
    _, receipt = counter.place()
    assert _refusal(counter.place) == "too-much-energy"
    _withdraw(counter, receipt.order_digest)
    counter.place()
    assert _refusal(counter.place) == "too-many-orders"
    assert counter.desk is desk


def test_the_same_withdrawal_gets_the_same_answer(counter):
    _, receipt = counter.place()
    first = _withdraw(counter, receipt.order_digest)
    counter.clock.move_to(counter.interval.end)
    assert _withdraw(counter, receipt.order_digest) == first


def test_the_very_same_order_is_not_taken_again(counter):
    order, receipt = counter.place()
    _withdraw(counter, receipt.order_digest)
    assert _refusal(counter.desk.accept, order, counter.sign(order)) == "order-withdrawn"
    counter.place()


def test_an_agent_withdraws_what_it_could_place(counter):
    now, agent = counter.clock.now(), EvmKey.generate()
    _, receipt = counter.place()
    signature = agent.sign(withdrawal_digest(counter.domain, receipt.order_digest))
    withdraw = counter.desk.withdraw
    assert _refusal(withdraw, Account(2), receipt.order_digest, signature) == "wrong-signer"
    mandate = Mandate(now, now + 10, Sides.BIDS, 500, 0, 20_000)
    counter.neighbours.mandates[2, agent.address] = mandate
    assert withdraw(Account(2), receipt.order_digest, signature).withdrawn_at == now


class TestRefusals:
    def test_an_order_that_the_desk_does_not_have(self, counter):
        assert _refusal(_withdraw, counter, bytes(32)) == "unknown-order"

    def test_an_order_of_somebody_else(self, counter):
        _, receipt = counter.place()
        refused = _refusal(_withdraw, counter, receipt.order_digest, account=3, signer=3)
        assert refused == "unknown-order"

    def test_a_signature_of_somebody_else(self, counter):
        _, receipt = counter.place()
        assert _refusal(_withdraw, counter, receipt.order_digest, signer=3) == "wrong-signer"

    def test_the_orders_own_signature(self, counter):
        order, receipt = counter.place()
        signature = counter.sign(order)
        digest = receipt.order_digest
        assert _refusal(counter.desk.withdraw, Account(2), digest, signature) == "wrong-signer"

    def test_malformed_arguments(self, counter):
        _, receipt = counter.place()
        with pytest.raises(InvalidValueError):
            counter.desk.withdraw(Account(2), receipt.order_digest, b"")
        with pytest.raises(InvalidValueError):
            counter.desk.withdraw(Account(2), b"", bytes(65))

    def test_a_closed_gate(self, counter):
        _, receipt = counter.place()
        counter.clock.move_to(counter.interval.start - 60)
        assert _refusal(_withdraw, counter, receipt.order_digest) == "gate-closed"

    @pytest.mark.parametrize(
        ("number", "where"), [(None, "a batch without a number yet"), (7, "batch 7")]
    )
    def test_a_committed_order(self, counter, number, where):
        _, receipt = counter.place()
        _commit(counter, receipt.order_digest, number)
        with pytest.raises(RefusedError) as caught:
            _withdraw(counter, receipt.order_digest)
        assert caught.value.code == "already-committed"
        assert f"at place 0 of {where}" in caught.value.reason


def test_an_order_is_either_withdrawn_or_committed(counter):
    """Withdrawals and batches race for the same orders; none is both, and none is lost."""
    receipts = [counter.place()[1] for _ in range(12)]
    withdrawn, batched = [], []
    start = threading.Barrier(2)

    def withdraw():
        start.wait()
        for receipt in receipts:
            try:
                _withdraw(counter, receipt.order_digest)
            except AlreadyCommittedError:
                continue
            withdrawn.append(receipt.order_digest)

    def commit():
        start.wait()
        with sessionmaker(counter.engine).begin() as session:
            book = BookRepository(session)
            book.lock(counter.interval)
            digests = [kept.digest for kept in book.pending(counter.interval, 99)]
            if digests:
                book.add_batch(counter.interval, bytes(32), bytes(32), digests, step=0)
            batched.extend(digests)

    threads = [threading.Thread(target=withdraw), threading.Thread(target=commit)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = {receipt.order_digest for receipt in receipts}
    assert not set(withdrawn) & set(batched)
    assert set(withdrawn) | set(batched) == everything
    with sessionmaker(counter.engine)() as session:
        orders = OrderRepository(session)
        noted = {digest for digest in everything if orders.withdrawn_at(digest) is not None}
    assert noted == set(withdrawn)
