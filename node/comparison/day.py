"""Running a day's books through mechanisms, and settling what comes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from domain.tariff import Tariff
from market.clearing.limits import limits
from market.clearing.outcome import Outcome
from market.mechanisms import Mechanism, Request
from node.comparison.books import DayOfBooks
from node.comparison.figures import Comparison, MechanismDay, PriceAt
from node.scenarios.scenario import Scenario
from settlement.positions import grid_cost


def _nothing() -> None:
    """Tell nobody."""


def compare_day(
    scenario: Scenario,
    mechanisms: Sequence[Mechanism],
    seed: str,
    step: Callable[[], object] = _nothing,
) -> Comparison:
    """Clear and settle a scenario's day under each of some mechanisms.

    Every mechanism has the same orders: nobody adapts its limits to the rule, although with
    ``pay-as-bid`` everybody would.

    Args:
        scenario: the community and its day.
        mechanisms: what to clear with.
        seed: of forecasts and limits.
        step: called after each interval of each mechanism.
    """
    books = DayOfBooks.of(scenario, seed)
    alone: dict[str, int] = {
        day.participant.key: sum(
            grid_cost(flow.net, tariff)
            for flow, tariff in zip(day.actual, books.tariffs, strict=True)
        )
        for day in books.days
    }
    days = tuple(_mechanism_day(books, one, alone, step) for one in mechanisms)
    exporters = frozenset(
        day.participant.key for day in books.days if sum(flow.net for flow in day.actual) < 0
    )
    return Comparison(days, alone, exporters)


def _mechanism_day(
    books: DayOfBooks, one: Mechanism, alone: dict[str, int], step: Callable[[], object]
) -> MechanismDay:
    volume = welfare = paid = received = 0
    bills: defaultdict[str, int] = defaultdict(int)
    prices: list[PriceAt] = []
    for index, (interval, tariff) in enumerate(zip(books.intervals, books.tariffs, strict=True)):
        request = books.request(index, one)
        outcome = one.fulfil(request).outcome
        bought, sold = _money_of_sides(request, outcome)
        volume, paid, received = volume + outcome.volume, paid + bought, received + sold
        welfare += _welfare(request, outcome, tariff)
        prices.append(_price_at(interval.start, outcome.volume, bought, sold))
        for key, money in _bills(books, index, request, outcome).items():
            bills[key] += money
        step()
    saved = {key: money - bills[key] for key, money in alone.items()}
    return MechanismDay(one.name, volume, welfare, paid, received, saved, tuple(prices))


def _money_of_sides(request: Request, outcome: Outcome) -> tuple[int, int]:
    is_offer = request.orders.is_offer
    return int(outcome.payments[~is_offer].sum()), -int(outcome.payments[is_offer].sum())


def _welfare(request: Request, outcome: Outcome, tariff: Tariff) -> int:
    worth = limits(request.orders, tariff) * outcome.filled
    return int(np.where(request.orders.is_offer, -worth, worth).sum())


def _price_at(start: int, volume: int, bought: int, sold: int) -> PriceAt:
    if not volume:
        return PriceAt(start, None, None)
    return PriceAt(start, bought // volume, sold // volume)


def _bills(books: DayOfBooks, index: int, request: Request, outcome: Outcome) -> dict[str, int]:
    """Return what each participant pays: local trade, and the rest of its meter with the grid."""
    payments: defaultdict[str, int] = defaultdict(int)
    traded: defaultdict[str, int] = defaultdict(int)
    signed = np.where(request.orders.is_offer, -outcome.filled, outcome.filled)
    rows = zip(request.book.participants, outcome.payments.tolist(), signed.tolist(), strict=True)
    for key, payment, energy in rows:
        payments[key] += payment
        traded[key] += energy
    return {
        day.participant.key: payments[day.participant.key]
        + grid_cost(day.actual[index].net - traded[day.participant.key], books.tariffs[index])
        for day in books.days
    }
