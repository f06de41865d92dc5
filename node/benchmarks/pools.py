"""Pool mechanisms as published, on participants, against the time numpy takes to sort prices.

Energy is lognormal up to 5 kWh, or, for ``wide``, spread over 67 MWh, too far for tables; two in
five participants have a surplus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from domain.units import MillicentPerKilowattHour
from market.clearing import DigestKeys
from market.pool import (
    Equality,
    Pool,
    clear_bill_sharing,
    clear_cooperative,
    clear_mid_market_rate,
    clear_supply_demand_ratio,
)
from node.benchmarks.books import SEED, Prices, make_rows
from node.benchmarks.timing import Action, Timing, measure
from node.simulation.progress import Listener

TARIFF: Final = Tariff(MillicentPerKilowattHour(8_000), MillicentPerKilowattHour(30_000))
ODD: Final = Tariff(MillicentPerKilowattHour(8_000), MillicentPerKilowattHour(30_001))
"""Its mid-market rate is no whole number, so that half of the participants tie."""

_WIDE: Final = 2**26
_MOST_WH: Final = 5_000
_GIVE: Final = 0.4


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """How long pool mechanisms take with so many participants.

    Attributes:
        participants: how many.
        wide: whether their energy is spread too far for tables.
        sorts: numpy on as many prices, by what these are multiples of.
        mechanisms: each one's time by name, payments included.
    """

    participants: int
    wide: bool
    sorts: Mapping[Prices, Timing]
    mechanisms: Mapping[str, Timing]


def make_pool(participants: int, *, wide: bool, seed: int = SEED) -> Pool:
    """Make a seeded pool.

    Args:
        participants: how many.
        wide: whether energy is spread too far for tables.
        seed: of the random numbers.
    """
    generator = np.random.default_rng([seed, participants])
    energy = 100 + generator.lognormal(6.5, 0.6, participants).astype(np.int64)
    np.minimum(energy, _MOST_WH, out=energy)
    if wide:
        energy = generator.integers(1, _WIDE, participants)
    gives = generator.random(participants) < _GIVE
    keys = DigestKeys(generator.integers(0, 256, (participants, 32), np.uint8))
    return Pool(np.where(gives, 0, energy), np.where(gives, energy, 0), keys)


def measure_pools(
    participants: int, *, wide: bool, repeats: int, listener: Listener
) -> PoolFigures:
    """Measure sorting and all pool mechanisms in turns.

    Args:
        participants: how many.
        wide: whether energy is spread too far for tables.
        repeats: runs of each.
        listener: is told how far it is.
    """
    listener.begin(f"making {participants:,} participants")
    pool = make_pool(participants, wide=wide)
    prices = {kind: _prices(participants, kind) for kind in Prices}
    sorts: dict[str, Action] = {
        kind.label: partial(np.sort, values) for kind, values in prices.items()
    }
    actions = actions_on(pool)
    listener.begin("wide energy" if wide else "energy up to 5 kWh", repeats * (len(actions) + 2))
    spent = measure(sorts | actions, repeats, listener.step)
    return PoolFigures(participants, wide, {kind: spent.pop(kind.label) for kind in Prices}, spent)


def actions_on(pool: Pool) -> dict[str, Action]:
    """Name what is measured on a pool.

    Args:
        pool: the participants.
    """
    by_trade = Equality.TRADES
    return {
        "mid-market-rate": partial(clear_mid_market_rate, pool, TARIFF),
        "mid-market-rate, half a millicent": partial(clear_mid_market_rate, pool, ODD),
        "mid-market-rate, by trade": partial(clear_mid_market_rate, pool, TARIFF, by_trade),
        "supply-demand-ratio": partial(clear_supply_demand_ratio, pool, TARIFF),
        "supply-demand-ratio, by trade": partial(clear_supply_demand_ratio, pool, TARIFF, by_trade),
        "bill-sharing": partial(clear_bill_sharing, pool, TARIFF),
        "cooperative, equal": partial(clear_cooperative, pool, TARIFF),
    }


def _prices(count: int, kind: Prices) -> NDArray[np.int64]:
    """Make as many prices as there are participants, half of them bids' prices."""
    price, _ = make_rows(-(-count // 2), kind)
    return price[:count]
