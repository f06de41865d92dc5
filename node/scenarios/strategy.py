"""What a participant would bid: its expected need or surplus, at a price of its own.

Quantity: all of what it expects to take from the grid (a bid) or to feed in (an offer); nothing
where it expects nothing.

Limit price: a share of the way from feed-in to retail, which is the span in which the local
market is better than the grid for both sides. A buyer gains by any price below retail and so bids
near it, a seller gains by any above feed-in and so offers near that; how near differs from one to
the next. A share is ``_REACH * (habit + mood)``, away from the own end of the span:

- habit, drawn once a day for each participant: how hard it bargains. It is the square of a
  uniform number, so that most bargain little and a few a lot;
- mood, drawn for each interval: a uniform number of little weight.

With plenty of sun the cheapest offers serve the few buyers and the price lies near feed-in; when
the sun is low the dearest bids take the few offers and it lies near retail; at night nobody
offers and nothing trades.

A pool's price follows the grid's tariff and not the limits, so that there is nothing to bargain
for: there a buyer's limit is retail, a seller's feed-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from domain.order import Side
from domain.tariff import Tariff
from domain.units import MillicentPerKilowattHour, WattHours
from market.mechanisms import mechanism
from node.scenarios.flows import ParticipantDay
from node.scenarios.scenario import Scenario

_REACH: Final = 0.7
_HABIT_WEIGHT: Final = 0.85
_MOOD_WEIGHT: Final = 0.15


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order before it is anybody's: no account, no salt, no signature.

    Attributes:
        participant: key of the participant in the scenario.
        side: bid or offer.
        quantity: Wh.
        price: limit in millicent per kWh, from feed-in to retail.
    """

    participant: str
    side: Side
    quantity: WattHours
    price: MillicentPerKilowattHour


def planned_orders(
    scenario: Scenario, days: Sequence[ParticipantDay], tariffs: Sequence[Tariff], seed: str
) -> tuple[tuple[PlannedOrder, ...], ...]:
    """Return the orders to place for each interval of the day.

    Args:
        scenario: names the random sequence together with the seed.
        days: every participant's day.
        tariffs: the grid's prices, one an interval.
        seed: the same seed gives the same orders.

    Returns:
        One tuple an interval, participants in the scenario's sequence.
    """
    reach = 0.0 if mechanism(scenario.market.mechanism).needs_tariff else _REACH
    columns = [_orders_of(scenario, day, tariffs, seed, reach) for day in days]
    return tuple(tuple(order for order in row if order) for row in zip(*columns, strict=True))


def _orders_of(
    scenario: Scenario, day: ParticipantDay, tariffs: Sequence[Tariff], seed: str, reach: float
) -> list[PlannedOrder | None]:
    random = Random(f"strategy/{seed}/{scenario.name}/{day.participant.key}")  # noqa: S311  a simulation, no secret
    uniform = random.random()
    habit = uniform * uniform
    orders = []
    for flow, tariff in zip(day.expected, tariffs, strict=True):
        # Drawn in every interval, so that one interval's energy never moves another's price.
        share = reach * (_HABIT_WEIGHT * habit + _MOOD_WEIGHT * random.random())
        orders.append(_order(day.participant.key, flow.net, share, tariff))
    return orders


def _order(participant: str, net: int, share: float, tariff: Tariff) -> PlannedOrder | None:
    if net == 0:
        return None
    concession = round(share * (tariff.retail - tariff.feed_in))
    if net > 0:
        price = MillicentPerKilowattHour(tariff.retail - concession)
        return PlannedOrder(participant, Side.BID, WattHours(net), price)
    price = MillicentPerKilowattHour(tariff.feed_in + concession)
    return PlannedOrder(participant, Side.OFFER, WattHours(-net), price)
