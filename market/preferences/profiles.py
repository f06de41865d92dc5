"""Orders that nobody tells apart, taken together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.tariff import Tariff
from market.clearing.limits import limits
from market.clearing.merit_order import by_price_and_key
from market.clearing.orders import OrderArrays
from market.preferences.inputs import ANY, Integers, Mask, Terms


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """The different orders of one side, in merit order of the first of each kind.

    Attributes:
        orders: the side's orders in merit order, as indices into the book.
        profile: which profile each of these has.
        limit: of each profile, clamped to the tariff.
        party: whose orders these are, or ``ANY`` where no preference is about that.
        area: of each profile.
        attributes: of each profile, those that some preference is about.
    """

    orders: Integers
    profile: Integers
    limit: Integers
    party: Integers
    area: Integers
    attributes: Mask

    def __len__(self) -> int:
        """Return the number of profiles."""
        return self.limit.size

    def area_of(self, orders: Integers) -> Integers:
        """Return areas that charge what those of some orders, counted in merit order, charge."""
        return self.area[self.profile[orders]]


def profiles(orders: OrderArrays, terms: Terms, tariff: Tariff | None) -> tuple[Profiles, Profiles]:
    """Return the profiles of the bids and those of the offers.

    Bids stand from the dearest, offers from the cheapest, equal limits by smallest key.

    Args:
        orders: one interval's orders.
        terms: what tells them apart beside their limits.
        tariff: what limits are clamped to.
    """
    limit = limits(orders, tariff)
    bids, offers = np.flatnonzero(~orders.is_offer), np.flatnonzero(orders.is_offer)
    asking = by_price_and_key(-limit[bids], orders.keys, bids).indices
    offering = by_price_and_key(limit[offers], orders.keys, offers).indices
    return (
        _of_side(asking, limit, terms, alike(terms.fees.T)),
        _of_side(offering, limit, terms, alike(terms.fees)),
    )


def alike(rows: Integers) -> Integers:
    """Number the rows of a matrix, from 0 on in sequence; equal rows get one number."""
    seen: dict[bytes, int] = {}
    numbers = [seen.setdefault(row.tobytes(), len(seen)) for row in np.ascontiguousarray(rows)]
    return np.array(numbers, np.int64)


def _of_side(ranked: Integers, limit: Integers, terms: Terms, charged: Integers) -> Profiles:
    """Group one side's orders.

    Args:
        ranked: the orders in merit order.
        limit: of all orders.
        terms: of all orders.
        charged: a number for each area; areas that pay the same fees on this side have the same.
    """
    traits, preferences = terms.traits, terms.preferences
    named = np.concatenate([preferences.party, preferences.partner])
    party = np.where(np.isin(traits.party[ranked], named), traits.party[ranked], ANY)
    area = traits.area[ranked]
    mentioned = np.isin(np.arange(traits.attributes.shape[1]), preferences.attribute)
    attributes = traits.attributes[ranked] & mentioned
    columns = [limit[ranked], party, charged[area]]
    profile = alike(np.column_stack([*columns, attributes.astype(np.int64)]))
    _, first = np.unique(profile, return_index=True)
    return Profiles(
        orders=ranked,
        profile=profile,
        limit=limit[ranked][first],
        party=party[first],
        area=area[first],
        attributes=attributes[first],
    )
