"""Random communities, and a plain reading of the rule to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import strategies as st

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from identity.hashing import keccak256
from market.clearing import DigestKeys, OrderArrays
from market.preferences import ANY, Bilateral, Preferences, Terms, Traits, clear_with_preferences

PARTIES = 4
AREAS = 3
WORDS = 2


@dataclass(frozen=True)
class Order:
    """An order with what others may look at."""

    is_offer: bool
    price: int
    quantity: int
    key: bytes
    party: int = 0
    area: int = 0
    words: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Statement:
    """A premium, or None for a refusal."""

    party: int
    partner: int = ANY
    attribute: int = ANY
    premium: int | None = None

    def is_about(self, own: Order, other: Order) -> bool:
        return (
            self.party == own.party
            and self.partner in (ANY, other.party)
            and (self.attribute == ANY or self.attribute in other.words)
        )


@dataclass(frozen=True)
class Community:
    """One interval's orders, preferences, fees and tariff."""

    orders: tuple[Order, ...]
    statements: tuple[Statement, ...] = ()
    fees: tuple[tuple[int, ...], ...] = ((0,) * AREAS,) * AREAS
    tariff: Tariff | None = None

    @property
    def arrays(self) -> OrderArrays:
        return OrderArrays(
            side=np.array([o.is_offer for o in self.orders], np.uint8),
            price=np.array([o.price for o in self.orders], np.int64),
            quantity=np.array([o.quantity for o in self.orders], np.int64),
            keys=DigestKeys.of([o.key for o in self.orders]),
        )

    @property
    def terms(self) -> Terms:
        words = [[word in o.words for word in range(WORDS)] for o in self.orders]
        rows = [(s.party, s.partner, s.attribute, s.premium or 0) for s in self.statements]
        party, partner, attribute, premium = np.array(rows, np.int64).reshape(-1, 4).T
        refuses = np.array([s.premium is None for s in self.statements], np.bool_)
        return Terms(
            Traits(
                np.array([o.party for o in self.orders], np.int64),
                np.array([o.area for o in self.orders], np.int64),
                np.array(words, np.bool_).reshape(-1, WORDS),
            ),
            Preferences(party, partner, attribute, premium, refuses),
            np.array(self.fees, np.int64),
        )

    def clear(self, k: int = 500) -> Bilateral:
        return clear_with_preferences(self.arrays, self.terms, self.tariff, k)

    def fee(self, bid: Order, offer: Order) -> int:
        return self.fees[offer.area][bid.area]

    def willing(self, bid: Order, offer: Order) -> int:
        """The most that a buyer pays in all."""
        retail = self.tariff.retail if self.tariff else MAX_PRICE
        return min(min(bid.price, retail) + self._premium(bid, offer), retail)

    def asked(self, bid: Order, offer: Order) -> int:
        """The least that a seller takes."""
        feed_in = self.tariff.feed_in if self.tariff else MIN_PRICE
        return max(max(offer.price, feed_in) - self._premium(offer, bid), feed_in)

    def gain(self, bid: Order, offer: Order) -> int | None:
        """What a pair gains from a Wh, or None where it may not or would not trade."""
        if self.refused(bid, offer):
            return None
        gain = self.willing(bid, offer) - self.fee(bid, offer) - self.asked(bid, offer)
        return gain if gain >= 0 else None

    def refused(self, bid: Order, offer: Order) -> bool:
        said = [s for s in self.statements if s.premium is None]
        return any(s.is_about(bid, offer) or s.is_about(offer, bid) for s in said)

    def _premium(self, own: Order, other: Order) -> int:
        return sum(s.premium or 0 for s in self.statements if s.is_about(own, other))

    @property
    def bids(self) -> list[int]:
        return [i for i, o in enumerate(self.orders) if not o.is_offer]

    @property
    def offers(self) -> list[int]:
        return [i for i, o in enumerate(self.orders) if o.is_offer]

    def scaled(self, energy: int = 1, money: int = 1) -> Community:
        """Count energy and prices in smaller units."""
        return Community(
            tuple(
                replace(o, quantity=o.quantity * energy, price=o.price * money) for o in self.orders
            ),
            tuple(
                replace(s, premium=None if s.premium is None else s.premium * money)
                for s in self.statements
            ),
            tuple(tuple(fee * money for fee in row) for row in self.fees),
            self.tariff and Tariff(self.tariff.feed_in * money, self.tariff.retail * money),
        )


def best_by_trying(
    gains: Sequence[Sequence[int | None]], asked: Sequence[int], offered: Sequence[int]
) -> tuple[int, int]:
    """Return the greatest welfare and the largest volume with it, bid by bid, every way there is.

    Args:
        gains: of each pair, None where it does not trade.
        asked: Wh of each bid.
        offered: Wh of each offer.
    """

    @cache
    def best(bid: int, offer: int, left: int, rest: tuple[int, ...]) -> tuple[int, int]:
        if bid == len(asked):
            return 0, 0
        if offer == len(offered):
            return best(bid + 1, 0, asked[bid + 1] if bid + 1 < len(asked) else 0, rest)
        gain = gains[bid][offer]
        most = 0 if gain is None else min(left, rest[offer])
        found = []
        for wh in range(most + 1):
            remaining = (*rest[:offer], rest[offer] - wh, *rest[offer + 1 :])
            welfare, volume = best(bid, offer + 1, left - wh, remaining)
            found.append((welfare + wh * (gain or 0), volume + wh))
        return max(found)

    return best(0, 0, asked[0] if asked else 0, tuple(offered))


@dataclass(frozen=True)
class CommunityStrategies:
    """Random communities for Hypothesis."""

    communities: st.SearchStrategy[Community]
    small: st.SearchStrategy[Community]
    plain: st.SearchStrategy[Community]


def _orders(
    prices: st.SearchStrategy[int], quantities: st.SearchStrategy[int], most: int
) -> st.SearchStrategy[tuple[Order, ...]]:
    words = st.frozensets(st.integers(0, WORDS - 1))
    parties, areas = st.integers(0, PARTIES - 1), st.integers(0, AREAS - 1)
    row = st.tuples(st.booleans(), prices, quantities, parties, areas, words)
    return st.lists(row, max_size=most).map(
        lambda rows: tuple(
            Order(side, price, wh, keccak256(bytes([number])), *traits)
            for number, (side, price, wh, *traits) in enumerate(rows)
        )
    )


def _statements(
    premiums: st.SearchStrategy[int], most: int
) -> st.SearchStrategy[tuple[Statement, ...]]:
    one = st.builds(
        Statement,
        party=st.integers(0, PARTIES - 1),
        partner=st.integers(ANY, PARTIES - 1),
        attribute=st.integers(ANY, WORDS - 1),
        premium=st.one_of(premiums, premiums, premiums, st.none()),
    )
    return st.lists(one, max_size=most).map(tuple)


def _communities(
    prices: st.SearchStrategy[int],
    quantities: st.SearchStrategy[int],
    steps: st.SearchStrategy[int],
    most: int,
) -> st.SearchStrategy[Community]:
    bounds = st.tuples(prices, prices).map(lambda pair: Tariff(min(pair), max(pair)))
    fee = st.one_of(st.just(0), steps.map(abs))
    row = st.tuples(*[fee] * AREAS)
    return st.builds(
        Community,
        _orders(prices, quantities, most),
        _statements(steps, 6),
        st.tuples(*[row] * AREAS),
        st.one_of(st.none(), bounds),
    )


_NARROW = st.integers(-4, 4)
_WIDE = st.one_of(
    _NARROW, st.integers(MIN_PRICE, MAX_PRICE), st.sampled_from([MIN_PRICE, MAX_PRICE])
)
_STEPS = st.one_of(_NARROW, st.integers(-(2**31) + 1, 2**31 - 1))
_QUANTITIES = st.one_of(
    st.integers(1, 5), st.integers(1, MAX_QUANTITY), st.sampled_from([1, MAX_QUANTITY])
)


@pytest.fixture(scope="session")
def order() -> type[Order]:
    return Order


@pytest.fixture(scope="session")
def statement() -> type[Statement]:
    return Statement


@pytest.fixture(scope="session")
def community() -> type[Community]:
    return Community


@pytest.fixture(scope="session")
def try_all() -> Callable[..., tuple[int, int]]:
    return best_by_trying


@pytest.fixture(scope="session")
def strategies() -> CommunityStrategies:
    """Many ties and few orders, any values there are, and books that tell nobody apart."""
    few = st.integers(1, 5)
    return CommunityStrategies(
        communities=st.one_of(
            _communities(_NARROW, few, st.integers(-2, 2), 14),
            _communities(_NARROW, _QUANTITIES, st.integers(-2, 2), 14),
            _communities(_WIDE, _QUANTITIES, _STEPS, 14),
        ),
        small=_communities(_NARROW, st.integers(1, 3), st.integers(-2, 2), 8),
        plain=st.builds(
            Community,
            st.one_of(_orders(_NARROW, few, 20), _orders(_WIDE, _QUANTITIES, 20)),
            tariff=st.one_of(
                st.none(),
                st.tuples(_NARROW, _NARROW).map(lambda pair: Tariff(min(pair), max(pair))),
            ),
        ),
    )
