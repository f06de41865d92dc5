"""What the report says of prices and curves under each mechanism."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from market.clearing import HALF
from market.mechanisms import PAY_AS_BID, UNIFORM_PRICE

_PER_MILLE_OF_PERCENT: Final = 10
_ALIKE: Final = "Everybody who accepts it is served alike, and the longer side shares."
_POOLS: Final = {
    "mid-market-rate": "halfway between feed-in and retail",
    "supply-demand-ratio": (
        "the lowest one that is not below what the ratio of supply to demand gives at it"
    ),
    "bill-sharing": "0, or the price of the tariff next to it",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Words for one mechanism.

    Attributes:
        price: what the price chart shows.
        point: what the price at the point in the supply and demand chart is.
        meaning: how prices come about.
        curves: how the point in the supply and demand chart comes about.
        one_price: whether everybody trades at that price.
    """

    price: str
    point: str
    meaning: str
    curves: str
    one_price: bool = True


def wording(mechanism: str, k: int | None) -> Wording:
    """Return the words for a mechanism.

    Args:
        mechanism: its name.
        k: the community's point between two limits, in per mille, where it has one.
    """
    if mechanism == PAY_AS_BID:
        return _pay_as_bid(k)
    if mechanism == UNIFORM_PRICE:
        where = "the middle of" if k == HALF else f"{_percent(k)} of the way through"
        price = f"{where} all prices at which the largest possible volume trades"
        curves = "The largest volume trades where the two curves cross."
        return Wording("Local price", "price", _one_price(price), curves)
    curves = "The price follows a rule of its own; whoever accepts it trades."
    meaning = f"{_one_price(_POOLS[mechanism])} {_ALIKE}"
    return Wording("Local price", "price", meaning, curves)


def _one_price(price: str) -> str:
    return f"The one price at which all trades of an interval settle: {price}."


def _pay_as_bid(k: int | None) -> Wording:
    way = "halfway" if k == HALF else f"{_percent(k)} of the way"
    return Wording(
        price="Mean local price",
        point="reference price",
        meaning="What a traded kWh cost on average. The dearest bid meets the cheapest offer, and "
        f"so on; each pair trades {way} from the limit of the offer to that of the bid.",
        curves="Each pair trades at a price of its own between the two curves. The point is the "
        "uniform price of the same orders, which proves the volume.",
        one_price=False,
    )


def _percent(k: int | None) -> str:
    return f"{(k or 0) / _PER_MILLE_OF_PERCENT:g}%"
