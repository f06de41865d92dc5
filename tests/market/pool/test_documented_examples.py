"""The examples of docs/mechanisms, row by row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from domain.tariff import Tariff
from market.clearing import DigestKeys
from market.pool import (
    Pool,
    Sharing,
    clear_bill_sharing,
    clear_cooperative,
    clear_mid_market_rate,
    clear_supply_demand_ratio,
)

_DOCS = Path(__file__).parents[3] / "docs" / "mechanisms"
_RULES = {
    "mid-market-rate": clear_mid_market_rate,
    "supply-demand-ratio": clear_supply_demand_ratio,
    "bill-sharing": clear_bill_sharing,
    "cooperative equal": clear_cooperative,
    "cooperative shapley": lambda pool, tariff: clear_cooperative(pool, tariff, Sharing.SHAPLEY),
}
_EXAMPLE = re.compile(
    r"<!-- example: (?P<rule>[a-z -]+), feed-in (?P<low>-?\d+), retail (?P<high>\d+)"
    r"(, price (?P<price>[\d/]+))? -->\n+.*\n\|[- |:]+\|\n(?P<rows>(\|.*\|\n)+)"
)


@dataclass(frozen=True)
class Example:
    rule: str
    tariff: Tariff
    price: Fraction | None
    names: list[str]
    columns: np.ndarray


def _examples():
    for path in sorted(_DOCS.glob("*.md")):
        for found in _EXAMPLE.finditer(path.read_text()):
            rows = [
                [cell.strip().replace(",", "") for cell in row.strip("|").split("|")]
                for row in found["rows"].splitlines()
            ]
            yield Example(
                rule=found["rule"],
                tariff=Tariff(int(found["low"]), int(found["high"])),
                price=Fraction(found["price"]) if found["price"] else None,
                names=[row[0] for row in rows],
                columns=np.array([[int(cell) for cell in row[1:]] for row in rows]).T,
            )


@pytest.mark.parametrize("example", list(_examples()), ids=lambda found: found.rule)
def test_computes_what_is_written(example):
    need, surplus, filled, payments, grid, bills = example.columns
    keys = DigestKeys.of([name.encode().ljust(32, b"\0") for name in example.names])
    outcome = _RULES[example.rule](Pool(need, surplus, keys), example.tariff)
    assert outcome.price == example.price
    assert outcome.filled.tolist() == filled.tolist()
    assert outcome.payments.tolist() == payments.tolist()
    assert outcome.grid_payments.tolist() == grid.tolist()
    assert outcome.bills.tolist() == bills.tolist()


def test_every_rule_has_an_example():
    assert {example.rule for example in _examples()} == set(_RULES)


def test_long_and_liu_publish_these_prices():
    """Long's and Liu's prices, grid included, of the documented community."""
    wh = np.array([-900, 1000, 500, 500])
    keys = DigestKeys(np.arange(128, dtype=np.uint8).reshape(4, 32))
    pool, tariff = Pool(np.maximum(wh, 0), np.maximum(-wh, 0), keys), Tariff(8_000, 30_000)
    middle = clear_mid_market_rate(pool, tariff)
    assert (middle.buying_price, middle.selling_price) == (25_050, 19_000)
    ratio = Fraction(900, 2000)
    sell = Fraction(30_000 * 8_000) / ((30_000 - 8_000) * ratio + 8_000)
    by_ratio = clear_supply_demand_ratio(pool, tariff)
    assert by_ratio.selling_price == sell
    assert by_ratio.buying_price == sell * ratio + 30_000 * (1 - ratio)
    free = clear_bill_sharing(pool, Tariff(0, 30_000))
    assert (free.buying_price, free.selling_price) == (16_500, 0)
