"""Agents: keys that order in an account's name, within a mandate of its wallet."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import IntFlag
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import ContractClient
from domain.order import Order, Side


class Sides(IntFlag):
    """On which sides an agent orders. The numbers are the contract's."""

    BIDS = 1
    OFFERS = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class Mandate:
    """What an agent may order in an account's name.

    Attributes:
        valid_from: first UTC second in which it holds.
        valid_until: first UTC second in which it holds no more.
        sides: on which sides.
        max_quantity: most Wh of one order.
        lowest_offer: lowest limit of an offer, millicent per kWh.
        highest_bid: highest limit of a bid, millicent per kWh.
    """

    valid_from: int
    valid_until: int
    sides: Sides
    max_quantity: int
    lowest_offer: int
    highest_bid: int

    def covers(self, order: Order) -> bool:
        """Tell whether an order stays within the limits; the time is another matter."""
        if order.quantity > self.max_quantity:
            return False
        if order.side is Side.BID:
            return bool(self.sides & Sides.BIDS) and order.price <= self.highest_bid
        return bool(self.sides & Sides.OFFERS) and order.price >= self.lowest_offer


class AgentsClient(ContractClient):
    """The agents contract. Only an account's wallet gives and revokes its mandates."""

    contract: ClassVar[str] = "Agents"

    def mandate(self, agent: str, mandate: Mandate) -> Call:
        """Let an agent order in the name of the sender's account, in place of an earlier mandate.

        Args:
            agent: address of the key that signs orders, or sends them.
            mandate: what it may do. It holds from the block on at the earliest.
        """
        return self._call("mandate", agent, astuple(mandate))

    def revoke(self, agent: str) -> Call:
        """End an agent's mandate for the sender's account at once."""
        return self._call("revoke", agent)

    def permits(
        self, account: int, agent: str, time: int, side: Side, quantity: int, price: int
    ) -> bool:
        """Tell whether an agent may place an order in an account's name at a UTC second.

        Args:
            account: in whose name.
            agent: address of the agent.
            time: UTC second.
            side: bid or offer.
            quantity: Wh.
            price: limit in millicent per kWh.
        """
        return bool(self._read_one("permits", account, agent, time, int(side), quantity, price))

    def mandate_at(self, account: int, agent: str, time: int) -> Mandate | None:
        """Return the mandate that an account's agent has at a UTC second, or None."""
        terms = self._read_one("mandateAt", account, agent, time)
        return read_mandate(terms) if terms[1] else None


def read_mandate(terms: tuple[int, int, int, int, int, int]) -> Mandate:
    """Return a mandate from the contract's struct."""
    valid_from, valid_until, sides, *limits = terms
    return Mandate(valid_from, valid_until, Sides(sides), *limits)
