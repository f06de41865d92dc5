"""Profiles that gain the same with whomever they trade, taken together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.clearing.orders import OrderArrays, TieBreakers
from market.clearing.rationing import share
from market.preferences.inputs import Integers
from market.preferences.profiles import Profiles, alike


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The orders of one side, in merit order, and the kind of each.

    Attributes:
        orders: indices into the book.
        quantity: Wh of each.
        kind: of each, from 0 on in sequence of the first order of each kind.
        kinds: how many there are.
    """

    orders: Integers
    quantity: Integers
    kind: Integers
    kinds: int

    def totals(self) -> Integers:
        """Return the Wh of each kind."""
        found = np.zeros(self.kinds, np.int64)
        np.add.at(found, self.kind, self.quantity)
        return found

    def share_out(self, filled: Integers, keys: TieBreakers) -> Integers:
        """Share what each kind trades between its orders, in proportion to their quantities.

        Args:
            filled: Wh of each kind.
            keys: tie-breakers of all orders of the book, for equal remainders.
        """
        whole = filled == self.totals()
        shares = np.where(whole[self.kind], self.quantity, 0)
        for kind in np.flatnonzero(~whole & (filled > 0)).tolist():
            members = np.flatnonzero(self.kind == kind)
            total = int(filled[kind])
            shares[members] = share(total, self.quantity[members], keys, self.orders[members])
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Bids and offers by kind.

    Attributes:
        bids: the bids.
        offers: the offers.
        gain: of each pair of kinds, shape ``(bids, offers)``.
    """

    bids: Group
    offers: Group
    gain: Integers

    @classmethod
    def of(cls, orders: OrderArrays, bids: Profiles, offers: Profiles, gain: Integers) -> Kinds:
        """Give profiles with equal rows, and with equal columns, one kind.

        Args:
            orders: one interval's orders.
            bids: profiles of the bids.
            offers: profiles of the offers.
            gain: of each pair of profiles.
        """
        rows, columns = alike(gain), alike(gain.T)
        _, row = np.unique(rows, return_index=True)
        _, column = np.unique(columns, return_index=True)
        asking, offering = (
            Group(side.orders, orders.quantity[side.orders], kind[side.profile], first.size)
            for side, kind, first in ((bids, rows, row), (offers, columns, column))
        )
        return cls(asking, offering, gain[np.ix_(row, column)])
