"""Terms from an orders file and its tables."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from market.orders_file import read_orders
from market.preferences import ANY
from market.preferences.tables import (
    AREA,
    ATTRIBUTES,
    FEE_COLUMNS,
    PREFERENCE_COLUMNS,
    PREFERENCE_OPTIONAL,
    read_terms,
)
from market.table_file import read_table

_ORDERS = """order_id,participant,side,quantity_wh,price,area,attributes
b1,ada,bid,5,30000,north,
b2,bo,bid,5,24000,,
s1,cy,offer,6,12000,south,green  local green
s2,ada,offer,4,18000,north,local
"""


def _book(text=_ORDERS):
    return read_orders(text.encode(), "orders.csv", (AREA, ATTRIBUTES))


def _preferences(*rows):
    text = "\n".join(["participant,partner,attribute,premium", *rows])
    return read_table(text.encode(), "preferences.csv", PREFERENCE_COLUMNS, PREFERENCE_OPTIONAL)


def _fees(*rows):
    return read_table("\n".join(["from_area,to_area,fee", *rows]).encode(), "f.csv", FEE_COLUMNS)


def test_names_become_numbers():
    said = _preferences("ada,cy,,300", "bo,,green,-20", "ada,bo,local,refuse", "cy,,local,7")
    terms = read_terms(_book(), said, None)
    assert terms.traits.party.tolist() == [0, 1, 2, 0]
    assert terms.traits.attributes.tolist() == [
        [False, False],
        [False, False],
        [True, True],
        [False, True],
    ]
    found = terms.preferences
    assert found.party.tolist() == [0, 1, 0, 2]
    assert found.partner.tolist() == [2, ANY, 1, ANY]
    assert found.attribute.tolist() == [ANY, 0, 1, 1]
    assert found.premium.tolist() == [300, -20, 0, 7]
    assert found.refuses.tolist() == [False, False, True, False]


def test_names_that_nobody_has_are_passed_over():
    said = _preferences("zoe,cy,,300", "ada,zoe,,refuse", "ada,,windy,5")
    terms = read_terms(_book(), said, _fees("west,north,9", "south,north,1"))
    assert len(terms.preferences) == 1
    assert not terms.traits.attributes.any()


def test_columns_of_preferences_may_be_missing():
    table = read_table(
        b"premium,attribute,participant\n5,green,ada\n",
        "p",
        PREFERENCE_COLUMNS,
        PREFERENCE_OPTIONAL,
    )
    assert read_terms(_book(), table, None).preferences.partner.tolist() == [ANY]


def test_fees_by_pair_with_a_default():
    rows = ("south,north,9", "north,south,2", ",,5", "north,north,0")
    terms = read_terms(_book(), None, _fees(*rows))
    area, fees = terms.traits.area, terms.fees
    from_to = fees[area[[2, 3]]][:, area[[0, 1]]]
    assert from_to.tolist() == [[9, 5], [0, 5]]
    assert fees[area[0], area[2]] == 2


def test_without_a_default_other_pairs_are_free():
    terms = read_terms(_book(), None, _fees("south,north,9"))
    area = terms.traits.area
    assert terms.fees[area[2], area[0]] == 9
    assert terms.fees.sum() == 9


def test_nothing_given():
    terms = read_terms(_book(), None, None)
    assert terms.fees.tolist() == [[0]]
    assert not terms.traits.area.any()
    assert len(terms.preferences) == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",cy,,5", "preferences.csv line 3: participant: expected a participant"),
        ("ada,,,5", "line 3: partner, attribute: expected a partner, an attribute or both"),
        ("ada,,green local,5", "line 3: attribute: expected one word, got 'green local'"),
        ("ada,cy,,", "line 3: premium: expected an integer from -2147483648 .* or refuse, got ''"),
        ("ada,cy,,5.5", "line 3: premium: .* got '5.5'"),
        ("ada,cy,,never", "line 3: premium: .* got 'never'"),
        ("ada,cy,,2147483648", "line 3: premium: .* got '2147483648'"),
        ("bo,cy,,3", r"participant, partner, attribute: .* \(line 2 has it\)"),
        ("zoe,,,3", "line 3: partner, attribute"),
    ],
)
def test_faults_of_preferences(row, message):
    with pytest.raises(InvalidValueError, match=message):
        read_terms(_book(), _preferences("bo,cy,,4", row), None)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("north,,5", "f.csv line 3: from_area, to_area: expected both, or neither"),
        (",north,5", "f.csv line 3: from_area, to_area: expected both, or neither"),
        ("south,north,5", "line 3: from_area, to_area: expected each pair once"),
        ("north,south,-1", "line 3: fee: expected an integer from 0 to 2147483647, got '-1'"),
        ("north,south,", "line 3: fee: expected an integer"),
    ],
)
def test_faults_of_fees(row, message):
    with pytest.raises(InvalidValueError, match=message):
        read_terms(_book(), None, _fees("south,north,9", row))


def test_an_area_without_fees_is_refused():
    with pytest.raises(InvalidValueError, match=r"order s1: area: expected an area of f\.csv"):
        read_terms(_book(), None, _fees("north,north,9"))


def test_too_many_areas_are_refused():
    rows = [f"o{at},p,bid,1,1,a{at}," for at in range(4096)]
    book = _book("\n".join([_ORDERS.split("\n")[0], *rows]))
    fees = _fees(*(f"a{at},a{at},0" for at in range(4096)))
    with pytest.raises(InvalidValueError, match="area: expected fewer than 4096 areas, got 4096"):
        read_terms(book, None, fees)
