"""What each pair of orders gains from trading a Wh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from market.clearing.limits import UNBOUNDED
from market.preferences.inputs import ANY, Integers, Mask, Preferences, Terms
from market.preferences.profiles import Profiles

MAX_PAIRS: Final = 2**24
"""Pairs of different bids and offers: 4,096 of each, which take about a gigabyte."""

NO_TRADE: Final = -1
"""In place of what a pair would lose, and of any gain where one refuses the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """What pairs of profiles ask and gain, in millicent per kWh, shape ``(bids, offers)``.

    Attributes:
        asked: the least that the offer takes from the bid.
        gain: the most that the bid would pay in all, less the fee and what is asked; ``NO_TRADE``
            where that is negative or one refuses the other.
    """

    asked: Integers
    gain: Integers


def pair_values(bids: Profiles, offers: Profiles, terms: Terms, tariff: Tariff | None) -> Values:
    """Value all pairs of profiles.

    Raises:
        InvalidValueError: where there are more than ``MAX_PAIRS``.
    """
    if len(bids) * len(offers) > MAX_PAIRS:
        expected = f"at most {MAX_PAIRS} pairs of different bids and offers"
        raise InvalidValueError("orders", expected, len(bids) * len(offers))
    bounds = tariff or UNBOUNDED
    gain, buyer_refuses = _premiums(bids, offers, terms.preferences)
    gain += bids.limit[:, None]
    np.minimum(gain, bounds.retail, out=gain)
    premium, seller_refuses = _premiums(offers, bids, terms.preferences)
    asked = np.maximum(offers.limit - premium.T, bounds.feed_in)
    gain -= asked
    gain -= terms.fees.T[np.ix_(bids.area, offers.area)]
    np.maximum(gain, NO_TRADE, out=gain)
    gain[buyer_refuses | seller_refuses.T] = NO_TRADE
    return Values(asked, gain)


def _premiums(own: Profiles, others: Profiles, preferences: Preferences) -> tuple[Integers, Mask]:
    """Return the premiums of one side for the other, and whom it refuses."""
    shape = (len(own), len(others))
    premium, refused = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
    statements = zip(
        preferences.party.tolist(),
        preferences.partner.tolist(),
        preferences.attribute.tolist(),
        preferences.premium.tolist(),
        preferences.refuses.tolist(),
        strict=True,
    )
    rows, columns = _by_party(own), _by_party(others)
    everybody = np.arange(len(others))
    for party, partner, attribute, amount, refuses in statements:
        if party not in rows:
            continue
        about = everybody if partner == ANY else columns.get(partner, everybody[:0])
        if attribute != ANY:
            about = about[others.attributes[about, attribute]]
        if refuses:
            refused[np.ix_(rows[party], about)] = True
        else:
            premium[np.ix_(rows[party], about)] += amount
    return premium, refused


def _by_party(profiles: Profiles) -> dict[int, Integers]:
    """Return the places of each party's profiles, where preferences are about the party."""
    parties = np.unique(profiles.party[profiles.party != ANY]).tolist()
    return {party: np.flatnonzero(profiles.party == party) for party in parties}
