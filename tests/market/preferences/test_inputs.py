"""Refusals of arrays that make no sense."""

from __future__ import annotations

import numpy as np
import pytest

from domain.errors import InvalidValueError
from market.preferences import Preferences, Terms, Traits

_NONE = np.zeros(0, np.int64)


def _traits(party=(0, 1), area=(0, 0), attributes=((False,), (True,))):
    return Traits(np.array(party), np.array(area), np.array(attributes))


def _preferences(party=(0,), partner=(1,), attribute=(0,), premium=(5,), refuses=(False,)):
    columns = (party, partner, attribute, premium)
    return Preferences(*map(np.array, columns), np.array(refuses))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"party": (0, -1)}, r"party\[1\]: expected an integer from 0"),
        ({"party": (0.5, 1)}, "party: expected integers, got 'float64 values'"),
        ({"party": ((0, 1),)}, "party: expected an array of one dimension"),
        ({"area": (0,)}, "area: expected 2 values, got 1"),
        ({"attributes": ((True,),)}, "attributes: expected 2 rows"),
        ({"attributes": (True, False)}, "attributes: expected 2 rows"),
    ],
)
def test_traits(given, message):
    with pytest.raises(InvalidValueError, match=message):
        _traits(**given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"party": (-1,)}, r"party\[0\]: expected an integer from 0"),
        ({"partner": (-2,)}, r"partner\[0\]: expected an integer from -1"),
        ({"premium": (2**31,)}, r"premium\[0\]: expected an integer from -2147483648"),
        ({"partner": (1, 1)}, "partner: expected 1 values, got 2"),
        ({"refuses": ()}, "refuses: expected 1 values, got 0"),
    ],
)
def test_preferences(given, message):
    with pytest.raises(InvalidValueError, match=message):
        _preferences(**given)


@pytest.mark.parametrize(
    ("fees", "message"),
    [
        (((0, 1),), "fees: expected as many rows as columns"),
        (((-1,),), r"fees\[0\]: expected an integer from 0"),
        (((2**31,),), r"fees\[0\]: expected an integer from 0"),
        ((), "fees: expected as many rows as columns"),
    ],
)
def test_fees(fees, message):
    with pytest.raises(InvalidValueError, match=message):
        Terms(_traits(), _preferences(), np.array(fees))


def test_areas_and_attributes_have_to_exist():
    with pytest.raises(InvalidValueError, match=r"area\[1\]: expected a number below 1, got 1"):
        Terms(_traits(area=(0, 1)), _preferences(), np.array([[0]]))
    with pytest.raises(InvalidValueError, match=r"attribute\[0\]: expected a number below 1"):
        Terms(_traits(), _preferences(attribute=(1,)), np.array([[0]]))


def test_none():
    assert len(Preferences.none()) == 0
    assert len(Terms.none(3).traits) == 3
    assert Traits.alike(2).attributes.shape == (2, 0)
    assert len(Preferences(_NONE, _NONE, _NONE, _NONE, np.zeros(0, np.bool_))) == 0
