"""Pool mechanisms against the time numpy takes to sort as many prices.

Run ``python -m benchmarks.pool``. Both sides run in one process on one thread, in turns. Prices to
sort are triangular (8 to 40 ct; ``tick``: multiples of 0.1 ct, ``float``: of 1 mct); energy is
lognormal up to 5 kWh, or, for ``wide``, spread over 67 MWh, too far for tables;
two in five participants have a surplus.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.clearing import measure
from domain.tariff import Tariff
from domain.units import MillicentPerKilowattHour
from market.clearing import DigestKeys
from market.pool import (
    Equality,
    Pool,
    Sampling,
    Sharing,
    clear_bill_sharing,
    clear_cooperative,
    clear_mid_market_rate,
    clear_supply_demand_ratio,
)

_SEED: Final = 20261121
_TARIFF: Final = Tariff(MillicentPerKilowattHour(8_000), MillicentPerKilowattHour(30_000))
_ODD: Final = Tariff(MillicentPerKilowattHour(8_000), MillicentPerKilowattHour(30_001))
"""Its mid-market rate is no whole number, so that half of the participants tie."""
_WIDE: Final = 2**26
_HEADINGS: Final = ("energy", "what", "min ms", "median ms", "x float sort", "x tick sort")
_FLOAT_SORT: Final = "numpy sorts float prices"
_TICK_SORT: Final = "numpy sorts tick prices"


def make_pool(participants: int, *, wide: bool, seed: int = _SEED) -> Pool:
    """Make a seeded pool.

    Args:
        participants: how many.
        wide: whether energy is spread too far for tables.
        seed: of the random numbers.
    """
    random = np.random.default_rng([seed, participants])
    energy = np.minimum(100 + random.lognormal(6.5, 0.6, participants).astype(np.int64), 5_000)
    if wide:
        energy = random.integers(1, _WIDE, participants)
    gives = random.random(participants) < 0.4
    keys = DigestKeys(random.integers(0, 256, (participants, 32), np.uint8))
    return Pool(np.where(gives, 0, energy), np.where(gives, energy, 0), keys)


def make_prices(count: int, tick: int) -> NDArray[np.int64]:
    """Make seeded prices, multiples of ``tick`` millicent per kWh."""
    random = np.random.default_rng([_SEED, count, tick])
    return np.rint(random.triangular(8_000, 24_000, 40_000, count) / tick).astype(np.int64) * tick


def actions_on(pool: Pool) -> dict[str, Callable[[], object]]:
    """Name what is measured on a pool."""
    by_trade = Equality.TRADES
    return {
        "mid-market-rate": lambda: clear_mid_market_rate(pool, _TARIFF),
        "mid-market-rate, half a millicent": lambda: clear_mid_market_rate(pool, _ODD),
        "mid-market-rate, by trade": lambda: clear_mid_market_rate(pool, _TARIFF, by_trade),
        "supply-demand-ratio": lambda: clear_supply_demand_ratio(pool, _TARIFF),
        "supply-demand-ratio, by trade": lambda: clear_supply_demand_ratio(pool, _TARIFF, by_trade),
        "bill-sharing": lambda: clear_bill_sharing(pool, _TARIFF),
        "cooperative, equal": lambda: clear_cooperative(pool, _TARIFF),
        "check the arrays, then mid-market-rate": lambda: clear_mid_market_rate(
            Pool(pool.need, pool.surplus, pool.keys), _TARIFF
        ),
    }


def compare(pool: Pool, repeats: int) -> dict[str, tuple[float, float]]:
    """Measure sorting and all mechanisms in turns."""
    smooth, ticks = make_prices(len(pool), 1), make_prices(len(pool), 100)
    sorts: dict[str, Callable[[], object]] = {
        _FLOAT_SORT: lambda: np.sort(smooth),
        _TICK_SORT: lambda: np.sort(ticks),
    }
    return measure(sorts | actions_on(pool), repeats)


def main() -> None:
    """Print the ratios of least times."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pool", description=__doc__)
    parser.add_argument("--participants", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--permutations", type=int, default=100, help="of the Shapley value")
    options = parser.parse_args()
    print(f"{options.participants:,} participants, {options.repeats} repeats in turns")
    print("| " + " | ".join(_HEADINGS) + " |")
    print("|" + " --- |" * len(_HEADINGS))
    for energy, wide in (("to 5 kWh", False), ("wide", True)):
        results = compare(make_pool(options.participants, wide=wide), options.repeats)
        for what, (least, middle) in results.items():
            ratios = " | ".join(
                f"{least / results[sort][0]:.2f}" for sort in (_FLOAT_SORT, _TICK_SORT)
            )
            print(f"| {energy} | {what} | {least:.1f} | {middle:.1f} | {ratios} |")
    small = make_pool(1_000, wide=False)
    sampling = Sampling(permutations=options.permutations, exact_up_to=0)
    least, _ = measure(
        {"": lambda: clear_cooperative(small, _TARIFF, Sharing.SHAPLEY, sampling)}, 3
    )[""]
    print(f"Shapley, 1,000 participants, {options.permutations} sequences: {least:.0f} ms")


if __name__ == "__main__":
    main()
