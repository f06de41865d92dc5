"""A plain reference of the rule, Wh by Wh and choice by choice, and books to compare it on."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import strategies as st

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from identity.hashing import keccak256
from market.clearing import DigestKeys, OrderArrays
from market.supply_function import NO_BLOCK, BlockTerms, SupplyOrders


@dataclass(frozen=True)
class Row:
    """An order as the reference sees it; ``block`` is the number of its block or -1."""

    is_offer: bool
    price: int
    price_to: int
    quantity: int
    interval: int
    key: bytes
    block: int = NO_BLOCK

    @property
    def sign(self) -> int:
        return 1 if self.is_offer else -1

    def limits(self) -> list[int]:
        """Return the limit of each Wh."""
        if self.price == self.price_to:
            return [self.price] * self.quantity
        rise = Fraction(self.price_to - self.price, self.quantity - 1)
        whole = math.ceil if self.is_offer else math.floor
        return [whole(self.price + rise * number) for number in range(self.quantity)]


@dataclass(frozen=True)
class Terms:
    """A block's least acceptance in per mille, and its parent or -1."""

    minimum: int
    parent: int = NO_BLOCK


@dataclass(frozen=True)
class Day:
    """A book of several intervals."""

    rows: tuple[Row, ...]
    terms: tuple[Terms, ...] = ()

    def orders(self) -> SupplyOrders:
        """Return what the mechanism takes."""

        def column(values):
            return np.array(list(values), np.int64)

        return SupplyOrders(
            basic=OrderArrays(
                side=np.array([row.is_offer for row in self.rows], np.uint8),
                price=column(row.price for row in self.rows),
                quantity=column(row.quantity for row in self.rows),
                keys=DigestKeys.of([row.key for row in self.rows]),
            ),
            interval=column(row.interval for row in self.rows),
            price_to=column(row.price_to for row in self.rows),
            block=column(row.block for row in self.rows),
            terms=BlockTerms(
                column(one.minimum for one in self.terms), column(one.parent for one in self.terms)
            ),
        )

    def of_block(self, number: int) -> list[Row]:
        return [row for row in self.rows if row.block == number]

    def size(self, number: int) -> int:
        return max(row.quantity for row in self.of_block(number))

    def family(self, number: int) -> list[int]:
        """Return a block and all that are linked to it, directly or not."""
        found = [number]
        for one in found:
            found += [child for child, terms in enumerate(self.terms) if terms.parent == one]
        return found

    def scaled(self, prices: int) -> Day:
        """Return the same day with other units of price."""
        rows = (
            replace(row, price=row.price * prices, price_to=row.price_to * prices)
            for row in self.rows
        )
        return Day(tuple(rows), self.terms)

    def enlarged(self, times: int) -> Day:
        """Return the same day with other units of energy."""
        rows = (replace(row, quantity=row.quantity * times) for row in self.rows)
        return Day(tuple(rows), self.terms)


def clamp(row: Row, limit: int, tariff: Tariff | None) -> int:
    if tariff is None:
        return limit
    return max(limit, tariff.feed_in) if row.is_offer else min(limit, tariff.retail)


def _best_welfare(day: Day, tariff: Tariff | None) -> int:
    """Try every level of every block with every price that clears, and return the most welfare."""
    best = 0
    sizes = [day.size(number) for number in range(len(day.terms))]
    steps = [
        [0, *(n for n in range(1, size + 1) if 1000 * n >= size * terms.minimum)]
        for size, terms in zip(sizes, day.terms, strict=True)
    ]
    for number, levels in enumerate(itertools.product(*steps)):
        found = _welfare(day, tariff, levels, sizes)
        if number == 0:
            assert found is not None
            best = found
        elif found is not None:
            best = max(best, found)
    return best


def _welfare(
    day: Day, tariff: Tariff | None, levels: Sequence[int], sizes: Sequence[int]
) -> int | None:
    for number, terms in enumerate(day.terms):
        parent = terms.parent
        if parent != NO_BLOCK and levels[number] * sizes[parent] > levels[parent] * sizes[number]:
            return None
    traded = [
        (row, row.quantity * levels[row.block] // sizes[row.block])
        for row in day.rows
        if row.block != NO_BLOCK
    ]
    welfare = sum(-row.sign * clamp(row, row.price, tariff) * wh for row, wh in traded)
    boxes = {}
    for interval in sorted({row.interval for row in day.rows}):
        injection = sum(row.sign * wh for row, wh in traded if row.interval == interval)
        found = _interval(day, tariff, interval, injection)
        if found is None:
            return None
        welfare += found[0]
        boxes[interval] = range(found[1], found[2] + 1)
    families = [set(day.family(number)) for number, level in enumerate(levels) if level]
    for prices in itertools.product(*boxes.values()) if families else ((),):
        at = dict(zip(boxes, prices, strict=False))
        gains = [
            sum(
                row.sign * wh * (at[row.interval] - clamp(row, row.price, tariff))
                for row, wh in traded
                if row.block in family
            )
            for family in families
        ]
        if all(gain >= 0 for gain in gains):
            return welfare
    return None


def _interval(
    day: Day, tariff: Tariff | None, interval: int, injection: int
) -> tuple[int, int, int] | None:
    """Return welfare and prices of one interval that clear, or None where it cannot balance."""
    feed_in, retail = (tariff.feed_in, tariff.retail) if tariff else (MIN_PRICE, MAX_PRICE)
    bids, offers, ends = [], [], []
    for row in (row for row in day.rows if row.interval == interval):
        limits = [clamp(row, limit, tariff) for limit in row.limits()]
        if row.block != NO_BLOCK:
            ends += [max(feed_in, min(retail, limit)) for limit in limits]
            continue
        served = [limit for limit in limits if feed_in <= limit <= retail]
        (offers if row.is_offer else bids).extend(served)
        ends += served
    ascending, rank = sorted(bids + offers), len(bids) - injection
    if not 0 <= rank <= len(ascending):
        return None
    welfare = sum(bids) - sum(ascending[:rank])
    if not ends:
        return welfare, 0, 0
    low = ascending[rank - 1] if rank else min(ends)
    high = ascending[rank] if rank < len(ascending) else max(ends)
    return welfare, low, high


@dataclass(frozen=True)
class Days:
    """Random days for Hypothesis."""

    small: st.SearchStrategy[Day]
    indivisible: st.SearchStrategy[Day]
    simple: st.SearchStrategy[Day]
    any: st.SearchStrategy[Day]
    tariffs: st.SearchStrategy[Tariff | None]


def _rows(prices, quantities, intervals, most):
    """Return orders without blocks, half of them linear."""

    def row(is_offer, ends, quantity, interval, linear):
        low, high = sorted(ends)
        first, last = (low, high) if is_offer else (high, low)
        if not linear or quantity < 2:
            last = first
        return Row(is_offer, first, last, quantity, interval, b"")

    one = st.builds(
        row, st.booleans(), st.tuples(prices, prices), quantities, intervals, st.booleans()
    )
    return st.lists(one, max_size=most)


@st.composite
def _days(draw, prices, quantities, intervals, blocks, minima):
    rows = draw(_rows(prices, quantities, st.integers(0, intervals - 1), 6))
    terms = []
    for number in range(draw(st.integers(0, blocks))):
        is_offer = draw(st.booleans())
        places = draw(st.sets(st.integers(0, intervals - 1), min_size=1, max_size=intervals))
        for interval in sorted(places):
            price = draw(prices)
            rows.append(Row(is_offer, price, price, draw(quantities), interval, b"", number))
        parent = draw(st.sampled_from([NO_BLOCK, NO_BLOCK, *range(number)]))
        terms.append(Terms(draw(minima), parent))
    keyed = (
        replace(row, key=keccak256(number.to_bytes(4, "big"))) for number, row in enumerate(rows)
    )
    return Day(tuple(keyed), tuple(terms))


_NARROW = st.integers(-5, 5)
_FEW = st.integers(1, 4)
_ANY = st.one_of(
    _NARROW, st.integers(MIN_PRICE, MAX_PRICE), st.sampled_from([MIN_PRICE, MAX_PRICE])
)
_ANY_WH = st.one_of(_FEW, st.integers(1, MAX_QUANTITY), st.just(MAX_QUANTITY))
_MINIMA = st.sampled_from([0, 0, 300, 500, 1000, 1000])


@pytest.fixture(scope="session")
def days() -> Days:
    """Random days: few Wh and prices, so that all choices can be tried, or anything there is."""
    tariff = st.tuples(_NARROW, _NARROW).map(lambda ends: Tariff(min(ends), max(ends)))
    return Days(
        small=_days(_NARROW, _FEW, 2, 3, _MINIMA),
        indivisible=_days(_NARROW, st.integers(1, 6), 3, 5, st.just(1000)),
        simple=_days(_NARROW, _FEW, 2, 0, _MINIMA),
        any=_days(_ANY, _ANY_WH, 2, 3, st.integers(0, 1000)),
        tariffs=st.one_of(st.none(), st.none(), tariff),
    )


@pytest.fixture(scope="session")
def best_welfare() -> Callable[[Day, Tariff | None], int]:
    """The reference: the most welfare of all choices that prices support."""
    return _best_welfare


@pytest.fixture(scope="session")
def row() -> type[Row]:
    """The type of an order."""
    return Row


@pytest.fixture(scope="session")
def terms() -> type[Terms]:
    """The type of a block's terms."""
    return Terms


@pytest.fixture(scope="session")
def day() -> type[Day]:
    """The type of a day."""
    return Day


@pytest.fixture(scope="session")
def clamped() -> Callable[[Row, int, Tariff | None], int]:
    """What a limit counts as within a tariff."""
    return clamp
