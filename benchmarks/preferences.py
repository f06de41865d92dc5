"""Bilateral trades with preferences: seconds for books in which everybody differs.

Run ``python -m benchmarks.preferences``. Prices are triangular (bids 8 to 40 ct, offers 4 to 30 ct)
in multiples of 0.1 ct, quantities uniform from 100 Wh to 5 kWh; each order is of another
participant. Preferences are sparse: five premiums for partners and one refusal each, and a premium
for green energy of every fifth participant; every third offer is green. Fees are dense: between ten
areas, or between all participants.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from benchmarks.clearing import measure
from domain.tariff import Tariff
from domain.units import MillicentPerKilowattHour
from market.clearing import DigestKeys, OrderArrays, clear_uniform_price
from market.preferences import ANY, Preferences, Terms, Traits, clear_with_preferences

_SEED: Final = 20261122
_TARIFF: Final = Tariff(MillicentPerKilowattHour(6_000), MillicentPerKilowattHour(36_000))
_TICK: Final = 100
_AREAS: Final = 10
_PARTNERS: Final = 5
_HEADINGS: Final = ("bids x offers", "what", "min s", "median s", "trades", "x uniform welfare")


@dataclass(frozen=True)
class Case:
    """A book and its terms."""

    orders: OrderArrays
    terms: Terms


def make_orders(each: int, tick: int = _TICK) -> OrderArrays:
    """Make a seeded book of so many bids and so many offers."""
    random = np.random.default_rng([_SEED, each])
    bids = random.triangular(8_000, 24_000, 40_000, each)
    offers = random.triangular(4_000, 14_000, 30_000, each)
    return OrderArrays(
        side=np.repeat(np.array([0, 1], np.uint8), each),
        price=np.rint(np.concatenate([bids, offers]) / tick).astype(np.int64) * tick,
        quantity=random.integers(100, 5_000, 2 * each, endpoint=True),
        keys=DigestKeys(random.integers(0, 256, (2 * each, 32), np.uint8)),
    )


def make_terms(orders: int, areas: int, *, preferring: bool) -> Terms:
    """Make seeded terms.

    Args:
        orders: how many, each of a participant of its own.
        areas: how many; fees between two differ, within one there is none.
        preferring: whether participants prefer and refuse anybody.
    """
    random = np.random.default_rng([_SEED, orders, areas])
    fees = random.integers(0, 30, (areas, areas)) * 100
    np.fill_diagonal(fees, 0)
    party = np.arange(orders)
    area = party % areas
    green = random.random((orders, 1)) < 1 / 3
    preferences = _preferences(random, orders) if preferring else Preferences.none()
    return Terms(Traits(party, area, green), preferences, fees)


def _preferences(random: np.random.Generator, orders: int) -> Preferences:
    everybody, some = np.arange(orders), np.arange(0, orders, 5)
    fans = np.repeat(everybody, _PARTNERS)
    partner = random.integers(0, orders, fans.size + orders)
    party = np.concatenate([fans, everybody, some])
    premium = random.integers(-20, 20, party.size) * 100
    premium[-some.size :] = random.integers(1, 30, some.size) * 100
    return Preferences(
        party=party,
        partner=np.concatenate([partner, np.full(some.size, ANY)]),
        attribute=np.concatenate([np.full(partner.size, ANY), np.zeros(some.size, np.int64)]),
        premium=premium,
        refuses=np.concatenate(
            [
                np.zeros(fans.size, np.bool_),
                np.ones(orders, np.bool_),
                np.zeros(some.size, np.bool_),
            ]
        ),
    )


def cases(each: int) -> dict[str, Case]:
    """Name the books that are measured."""
    book, coarse, count = make_orders(each), make_orders(each, 1_000), 2 * each
    return {
        "limits alone": Case(book, Terms.none(count)),
        "sparse preferences": Case(book, make_terms(count, 1, preferring=True)),
        "fees between 10 areas": Case(book, make_terms(count, _AREAS, preferring=False)),
        "both": Case(book, make_terms(count, _AREAS, preferring=True)),
        "both, prices in whole cents": Case(coarse, make_terms(count, _AREAS, preferring=True)),
        "both, fees between all": Case(book, make_terms(count, count, preferring=True)),
    }


def main() -> None:
    """Print a table of times."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preferences", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000, help="bids, and offers")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    found = cases(options.orders)
    actions: dict[str, Callable[[], object]] = {
        name: partial(clear_with_preferences, case.orders, case.terms, _TARIFF)
        for name, case in found.items()
    }
    times = measure(actions, options.repeats)
    print("| " + " | ".join(_HEADINGS) + " |")
    print("|" + " --- |" * len(_HEADINGS))
    for name, (least, middle) in times.items():
        case = found[name]
        result = clear_with_preferences(case.orders, case.terms, _TARIFF)
        trades = 0 if result.outcome.trades is None else len(result.outcome.trades)
        size = f"{options.orders:,} x {options.orders:,}"
        share = result.welfare / _uniform_welfare(case.orders)
        print(
            f"| {size} | {name} | {least / 1000:.2f} | {middle / 1000:.2f} "
            f"| {trades:,} | {share:.3f} |"
        )


def _uniform_welfare(orders: OrderArrays) -> int:
    """Return the welfare of the uniform price, which knows neither fees nor preferences."""
    filled = clear_uniform_price(orders, _TARIFF).filled
    limit = np.where(
        orders.is_offer,
        -np.maximum(orders.price, _TARIFF.feed_in),
        np.minimum(orders.price, _TARIFF.retail),
    )
    return sum(wh * each for wh, each in zip(filled.tolist(), limit.tolist(), strict=True))


if __name__ == "__main__":
    main()
