"""Energy Identification Codes and their check characters."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from oracle.prices.eic import require_eic

ZONES = [
    "10Y1001A1001A73I",
    "10Y1001A1001A74G",
    "10Y1001A1001A75E",
    "10Y1001A1001A788",
    "10Y1001A1001A70O",
    "10YCZ-CEPS-----N",
    "10YNL----------L",
    "10YBE----------2",
    "10YFR-RTE------C",
    "10Y1001A1001A82H",
    "10YAT-APG------L",
    "10YCH-SWISSGRIDZ",
    "10YES-REE------0",
    "10YPT-REN------W",
    "10YNO-4--------9",
    "10Y1001A1001A796",
    "10Y1001C--00096J",
    "17Y0000009369493",
    "11Y0-0000-0265-K",
    "50Y0JVU59B4JWQCU",
]


@pytest.mark.parametrize("code", ZONES)
def test_bidding_zones_have_their_check_character(code):
    require_eic("--domain", code)


@pytest.mark.parametrize("code", ZONES)
def test_a_misspelt_zone_is_refused(code):
    for place in range(15):
        other = "B" if code[place] != "B" else "C"
        with pytest.raises(InvalidValueError, match="--domain: expected an EIC"):
            require_eic("--domain", code[:place] + other + code[place + 1 :])
    swapped = code[:8] + code[9] + code[8] + code[10:]
    if swapped != code:
        with pytest.raises(InvalidValueError):
            require_eic("--domain", swapped)


@pytest.mark.parametrize(
    "code",
    ["", "DE", "10y1001a1001a73i", "10Y1001A1001A73I ", "10Y1001A1001A73", "../1001A1001A73I"],
)
def test_what_is_no_code_is_refused(code):
    with pytest.raises(InvalidValueError, match="16 characters"):
        require_eic("--domain", code)
