"""Random pools, a plain reference of settling, and the welfare optimum by trying."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import strategies as st

from domain.apportionment import largest_remainder
from domain.tariff import Tariff
from domain.units import MAX_QUANTITY
from identity.hashing import keccak256
from market.clearing import DigestKeys
from market.pool import (
    Pool,
    clear_bill_sharing,
    clear_cooperative,
    clear_mid_market_rate,
    clear_supply_demand_ratio,
)


@dataclass(frozen=True)
class Member:
    """A participant: positive net takes, negative gives."""

    net: int
    limit: int
    key: bytes


def _pool(members: Sequence[Member], *, limits: bool = False) -> Pool:
    net = np.array([m.net for m in members], np.int64)
    return Pool(
        need=np.maximum(net, 0),
        surplus=np.maximum(-net, 0),
        keys=DigestKeys.of([m.key for m in members]),
        limit=np.array([m.limit for m in members], np.int64) if limits else None,
    )


def _members(quantities: st.SearchStrategy[int], size: int) -> st.SearchStrategy[list[Member]]:
    rows = st.lists(st.tuples(st.booleans(), quantities, st.integers(-6, 12)), max_size=size)
    return rows.map(
        lambda found: [
            Member(-wh if gives else wh, limit, keccak256(at.to_bytes(4, "big")))
            for at, (gives, wh, limit) in enumerate(found)
        ]
    )


@dataclass(frozen=True)
class PoolStrategies:
    """Random pools for Hypothesis."""

    pools: st.SearchStrategy[list[Member]]
    small_pools: st.SearchStrategy[list[Member]]
    tariffs: st.SearchStrategy[Tariff]


def _settle_plainly(
    members: Sequence[Member], tariff: Tariff, price: Fraction
) -> tuple[list[int], list[int]]:
    """Return fills and bills by the shared rule for whole numbers."""
    filled, bills = [0] * len(members), [0] * len(members)
    sides = [[i for i, m in enumerate(members) if (m.net > 0) is takes] for takes in (True, False)]
    energy = [sum(abs(members[i].net) for i in side) for side in sides]
    volume = min(energy)
    money = int(volume * price // 1)
    saved = [volume * tariff.retail - money, money - volume * tariff.feed_in]
    rates = [tariff.retail, -tariff.feed_in]
    for side, capacity, gain, rate in zip(sides, energy, saved, rates, strict=True):
        weights, keys = [abs(members[i].net) for i in side], [members[i].key for i in side]
        fills = largest_remainder(volume, weights, keys)
        whole, part = divmod(gain, capacity) if volume else (0, 0)
        gains = largest_remainder(part, weights, keys)
        for i, weight, wh, unit in zip(side, weights, fills, gains, strict=True):
            filled[i] = wh
            bills[i] = weight * rate - whole * weight - unit
    return filled, bills


def _best_welfare(members: Sequence[Member], tariff: Tariff) -> int:
    """Pair every Wh of the smaller pools one by one, in all ways to choose who trades."""
    bids = [min(m.limit, tariff.retail) for m in members for _ in range(m.net) if m.net > 0]
    offers = [max(m.limit, tariff.feed_in) for m in members for _ in range(-m.net) if m.net < 0]
    best = 0
    for volume in range(1, min(len(bids), len(offers)) + 1):
        worth = max(sum(chosen) for chosen in itertools.combinations(bids, volume))
        cost = min(sum(chosen) for chosen in itertools.combinations(offers, volume))
        best = max(best, worth - cost)
    return best


@pytest.fixture(scope="session")
def member() -> type[Member]:
    return Member


@pytest.fixture(scope="session")
def as_pool() -> Callable[..., Pool]:
    return _pool


@pytest.fixture(scope="session")
def settle_plainly() -> Callable[..., tuple[list[int], list[int]]]:
    return _settle_plainly


@pytest.fixture(scope="session")
def best_welfare() -> Callable[[Sequence[Member], Tariff], int]:
    return _best_welfare


@pytest.fixture(scope="session")
def pools() -> PoolStrategies:
    """Few quantities and many ties, quantities that fit a table, and any there are."""
    small = st.integers(1, 4)
    return PoolStrategies(
        pools=st.one_of(
            _members(small, 24),
            _members(st.integers(1, 5_000), 24),
            _members(st.one_of(small, st.integers(1, MAX_QUANTITY), st.just(MAX_QUANTITY)), 24),
        ),
        small_pools=_members(st.integers(1, 3), 5),
        tariffs=st.one_of(
            st.tuples(st.integers(-4, 4), st.integers(0, 9)),
            st.tuples(st.integers(-30_000, 30_000), st.integers(0, 40_000)),
        ).map(lambda pair: Tariff(pair[0], pair[0] + pair[1])),
    )


@pytest.fixture(
    params=[clear_mid_market_rate, clear_supply_demand_ratio, clear_bill_sharing],
    ids=["mid-market-rate", "supply-demand-ratio", "bill-sharing"],
)
def priced(request):
    """A pool mechanism with one price."""
    return request.param


@pytest.fixture(
    params=[
        clear_mid_market_rate,
        clear_supply_demand_ratio,
        clear_bill_sharing,
        clear_cooperative,
    ],
    ids=["mid-market-rate", "supply-demand-ratio", "bill-sharing", "cooperative"],
)
def mechanism(request):
    """A pool mechanism with its defaults."""
    return request.param
