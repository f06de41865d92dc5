"""The orders that may trade now, and the rule by which they do.

One rule holds throughout: while there are a bid and an offer that can trade, the best such bid
meets the best offer that it can trade with. Both can trade where the bid's limit is at least the
offer's and the bid wants at least the offer's minimum. A bid only ever wants less, so that a pair
that cannot trade never can later: only orders that are new among those shown have to be matched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from operator import attrgetter

from domain.order import Side
from market.continuous.events import Ended, Ending, Event, Trade
from market.continuous.ranked_list import RankedList
from market.continuous.standing import Standing

_rank = attrgetter("rank")


class Matching:
    """Both sides' orders that may trade now, by price and time."""

    def __init__(self) -> None:
        self._bids = RankedList[Standing]()
        self._offers = RankedList[Standing]()

    def shown(self, side: Side) -> Iterable[Standing]:
        """Return one side's orders, the best first."""
        return self._bids if side is Side.BID else self._offers

    def enter(self, one: Standing, time: int, events: list[Event]) -> None:
        """Let a new order trade, and show what is left of it.

        Args:
            one: the order.
            time: of what happens.
            events: what happens is added here.
        """
        self._match(one, time, events)
        if one.ending is Ending.OPEN:
            self._show(one)

    def show(self, many: Sequence[Standing], time: int, events: list[Event]) -> None:
        """Show orders that were entered before, and let all trade that now can.

        Args:
            many: the orders.
            time: of what happens.
            events: what happens is added here.
        """
        for one in many:
            self._show(one)
        for bid in self._bids_that_may_meet(many):
            if bid.ending is Ending.OPEN:
                self._match(bid, time, events)
                self._update(bid)

    def hide(self, one: Standing) -> None:
        """Take an order off those that may trade; it keeps its time."""
        one.shown = False
        (self._bids if one.is_bid else self._offers).remove(one.rank)

    def _show(self, one: Standing) -> None:
        one.shown = True
        (self._bids if one.is_bid else self._offers).add(one.rank, one.hurdle, one)

    def _bids_that_may_meet(self, many: Sequence[Standing]) -> Iterator[Standing]:
        """Yield the new bids, and those within reach of the new offers, the best first."""
        new = sorted((one for one in many if one.is_bid), key=_rank)
        return merge(new, self._bids_reached([one for one in many if not one.is_bid]), key=_rank)

    def _bids_reached(self, offers: Sequence[Standing]) -> Iterator[Standing]:
        if not offers:
            return
        reach = max(one.reach for one in offers)
        bound = max(one.bound for one in offers)
        after: int | None = None
        while (bid := self._bids.first(reach, bound, after)) is not None:
            yield bid
            after = bid.rank

    def _match(self, one: Standing, time: int, events: list[Event]) -> None:
        """Let an order meet the best that it can trade with until there is none."""
        others = self._offers if one.is_bid else self._bids
        while one.left >= one.minimum:
            other = others.first(one.reach, one.bound)
            if other is None:
                return
            events.append(_trade(one, other, time))
            if other.left < other.minimum:
                events.append(_ended(other, time))
            self._update(other)
        events.append(_ended(one, time))

    def _update(self, one: Standing) -> None:
        """Bring a shown order's place in line with what is left of it."""
        if one.ending is not Ending.OPEN:
            self.hide(one)
        elif one.is_bid:
            self._bids.raise_hurdle(one.rank, one.hurdle)


def _trade(one: Standing, other: Standing, time: int) -> Trade:
    """Trade as much as both have, at the limit of the one that was there first."""
    quantity = min(one.left, other.left)
    one.left -= quantity
    other.left -= quantity
    price = one.limit if one.sequence < other.sequence else other.limit
    if one.is_bid:
        return Trade(time, one.key, other.key, quantity, price)
    return Trade(time, other.key, one.key, quantity, price)


def _ended(one: Standing, time: int) -> Ended:
    """End an order that has nothing left, or less than it may sell."""
    one.ending = Ending.RETURNED if one.left else Ending.FILLED
    return Ended(time, one.key, one.left, one.ending)
