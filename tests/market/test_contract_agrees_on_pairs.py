"""Pay-as-bid: the contract accepts exactly what is found here, and refuses what lies next to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from chain.contracts import NO_ORDER, PayAsBidResult
from domain.order import Side
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.proving import ClaimedPrice

pytestmark = pytest.mark.chain

_PRICE = {"PriceRuleViolated", "NotAnEquilibrium", "VolumeMismatch", "PriceOutsideTariff"}
_ROWS = {"RowMismatch", "RowsNotAscending"}
_ENERGY = {"AcceptedEnergyMismatch", "SharesMismatch"}


@pytest.mark.parametrize(("k", "count"), [(500, 160), (0, 60), (333, 60), (1000, 60)])
def test_random_books(committed_books, random_books, k, count):
    books = committed_books("pay-as-bid", k)
    random = np.random.default_rng([31337, k])
    refused = Counter()
    for interval, tariff in random_books.committed(random, books, count):
        proposal = books.propose(interval, tariff)
        assert isinstance(proposal.proof, PayAsBidResult)
        assert books.answer(interval, proposal.proof) is None, (interval, tariff)
        if not proposal.volume:
            changed = replace(proposal.proof, allocation_hash=b"\1" * 32)
            assert books.answer(interval, changed) == "AllocationHashMismatch"
            changed = replace(proposal.proof, volume=1)
            assert books.answer(interval, changed) == "VolumeMismatch"
            continue
        for changed, errors in _neighbours(random, proposal, books.orders(interval), tariff):
            refusal = books.answer(interval, changed)
            assert refusal in errors, (interval, tariff, changed)
            refused[refusal] += 1
    assert refused.keys() >= _ROWS | _ENERGY | {
        *("AllocationHashMismatch", "NotInMeritOrder", "InvalidOrderList", "UnknownOrder"),
        *("OrderDoesNotAccept", "PriceRuleViolated", "VolumeMismatch"),
    }


def _neighbours(random, proposal, orders, tariff):
    """Yield results next to a right one, each with the errors that may answer it."""
    proof = proposal.proof
    yield replace(proof, volume=proof.volume + 1), {"VolumeMismatch"}
    yield replace(proof, volume=proof.volume - 1), {"VolumeMismatch"}
    for price in (proof.price - 1, proof.price + 1):
        if MIN_PRICE <= price <= MAX_PRICE:
            yield replace(proof, price=price), _PRICE
    flipped = bytes([proof.allocation_hash[0] ^ 1]) + proof.allocation_hash[1:]
    for other in (flipped, bytes(32)):
        yield replace(proof, allocation_hash=other), {"AllocationHashMismatch"}
    yield replace(proof, accounts=proof.accounts + 1), {"RowsNotAscending"}
    yield replace(proof, accounts=proof.accounts - 1), _ROWS
    if proof.last_extra != NO_ORDER:
        for other in (NO_ORDER, *_sharing(proof, orders, tariff)):
            yield replace(proof, last_extra=other), {"SharesMismatch"}
        yield replace(proof, last_extra=len(orders)), {"UnknownOrder"}
    for side in (0, 1):
        yield from _other_lists(random, proposal, side, orders)


def _sharing(proof, orders, tariff):
    """Return who shares with the last one that gets a Wh left over."""
    side = orders[proof.last_extra].order.side
    for place, kept in enumerate(orders):
        price = kept.order.price
        limit = min(price, tariff.retail) if side is Side.BID else max(price, tariff.feed_in)
        at_price = kept.order.side is side and limit == proof.price
        if at_price and place != proof.last_extra:
            yield place


def _other_lists(random, proposal, side, orders):
    proof, field = proposal.proof, ("bids", "offers")[side]
    packed = getattr(proof, field)
    ranked = [packed[at : at + 8] for at in range(0, len(packed), 8)]
    at = int(random.integers(0, len(ranked)))

    def listed(*entries):
        return replace(proof, **{field: b"".join(entries)})

    yield listed(*ranked[:at], *ranked[at + 1 :]), _ENERGY
    yield listed(*ranked[: at + 1], *ranked[at:]), {"NotInMeritOrder"}
    yield listed(*ranked, ranked[0][:7]), {"InvalidOrderList"}
    yield listed(*ranked, _entry(len(orders), 0)), {"UnknownOrder"}
    if len(ranked) > 1:
        yield listed(*ranked[1:], ranked[0]), {"NotInMeritOrder"}
    for place in set(range(len(orders))) - set(map(_place, ranked)):
        yield listed(*ranked, _entry(place, 0)), {"OrderDoesNotAccept"}
    trading = [at for at, entry in enumerate(ranked) if proposal.filled[_place(entry)]]
    at = int(random.choice(trading))
    row = int.from_bytes(ranked[at][4:], "big")
    moved = _entry(_place(ranked[at]), row + 1)
    yield listed(*ranked[:at], moved, *ranked[at + 1 :]), _ROWS


def _place(entry):
    return int.from_bytes(entry[:4], "big")


def _entry(place, row):
    return place.to_bytes(4, "big") + row.to_bytes(4, "big")


def test_a_book_as_large_as_one_transaction_carries(committed_books, random_books):
    books = committed_books("pay-as-bid", 500)
    size = books.provable.book_limit
    random = np.random.default_rng(size)
    side = random.integers(0, 2, size).tolist()
    price = (random.integers(50, 400, size) * 100).tolist()
    quantity = random.integers(100, 5_000, size).tolist()
    tariff = Tariff(8_000, 30_000)
    (interval,) = books.post_tariffs([tariff])
    orders = random_books.orders(interval, list(zip(side, price, quantity, strict=True)))
    books.commit(interval, [orders[:700], orders[700:]])
    books.close(interval)
    proposal = books.propose(interval, tariff)
    assert books.calldata(interval, proposal.proof) < 128 * 1024
    changed = replace(orders[17], digest=b"\1" * 32)
    books.claim(interval, [[*orders[:17], changed, *orders[18:700]], orders[700:]])
    assert books.answer(interval, proposal.proof) == "BookMismatch"
    books.claim(interval, [orders[:700], orders[700:]])
    books.prove(interval, proposal.proof)


def test_the_other_mechanisms_way_is_closed(committed_books, random_books):
    for name, other in (("pay-as-bid", "uniform-price"), ("mid-market-rate", "pay-as-bid")):
        books = committed_books(name, 0)
        tariff = Tariff(8, 30)
        (interval,) = books.post_tariffs([tariff])
        books.commit(interval, [random_books.orders(interval, [(0, 20, 5), (1, 10, 5)])])
        books.close(interval)
        proposal = books.propose(interval, tariff)
        wrong = ClaimedPrice(proposal.proof.price, proposal.volume)
        if other == "pay-as-bid":
            wrong = PayAsBidResult(19, 5, b"", b"", NO_ORDER, 0, bytes(32))
        assert books.answer(interval, wrong) == "WrongMechanism"
        assert books.answer(interval, proposal.proof) is None
