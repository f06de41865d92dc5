"""Published prices laid out in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import InvalidValueError
from domain.price_series import PriceSeries, utc_text
from domain.units import MillicentPerKilowattHour


@dataclass(frozen=True, slots=True)
class PriceBlock:
    """A price as it was published.

    Attributes:
        start: first second, since 1970-01-01 UTC; a multiple of ``step``.
        step: seconds for which it holds, one of ``domain.price_series.STEPS``.
        price: millicent per kWh.
        place: where it was read, for errors.
    """

    start: int
    step: int
    price: MillicentPerKilowattHour
    place: str


def laid_out(blocks: Sequence[PriceBlock], name: str) -> PriceSeries:
    """Put blocks together, in any sequence, in steps of the shortest.

    A longer block repeats its price in each step of its own. The same price twice for the same time
    is one price; two different ones are refused, whichever block is shorter.

    Args:
        blocks: at least one.
        name: of what they come from, for errors.

    Raises:
        InvalidValueError: where there is none, or two differ, naming both places.
    """
    if not blocks:
        raise InvalidValueError(name, "at least one price", "none")
    step = min(block.step for block in blocks)
    found: dict[int, PriceBlock] = {}
    for block in blocks:
        for start in range(block.start, block.start + block.step, step):
            known = found.setdefault(start, block)
            if known.price != block.price:
                raise _twofold(known, block, start)
    starts = tuple(sorted(found))
    return PriceSeries(step, starts, tuple(found[start].price for start in starts))


def _twofold(known: PriceBlock, other: PriceBlock, start: int) -> InvalidValueError:
    # By place, so that the message does not depend on the sequence in which blocks were read.
    first, second = sorted((known, other), key=lambda block: (len(block.place), block.place))
    return InvalidValueError(
        f"{second.place}: price from {utc_text(start)} on",
        f"{first.price}, as in {first.place} (millicent per kWh)",
        second.price,
    )
