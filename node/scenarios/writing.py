"""Writing a scenario as the files that ``loading`` reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from node.scenarios.loading import FORMAT
from node.scenarios.profiles import write_profiles
from node.scenarios.scenario import RealTimePlan, Scenario
from oracle.prices.table import write_price_table

_TABLES = ("market", "tariff", "participants", "sources", "profiles")


def write_scenario(scenario: Scenario, path: Path) -> Path:
    """Write a scenario, and its table of profiles beside it under the same name.

    Where it has a price table, that is written too (``NAME-prices.csv``).

    Args:
        scenario: what to write.
        path: the TOML file to write.

    Returns:
        The path of the table of profiles (``.csv``). Move all files together.
    """
    table = path.with_suffix(".csv")
    write_profiles(table, scenario.profiles)
    wholesale = scenario.tariff.real_time.wholesale_prices
    prices = path.with_name(f"{path.stem}-prices.csv")
    if wholesale is not None:
        with prices.open("w", encoding="utf-8", newline="") as file:
            write_price_table(wholesale, file)
    lines = _lines(scenario, table.name, prices.name)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table


def _lines(scenario: Scenario, table: str, prices: str) -> Iterator[str]:
    # Profiles go to their own file: asdict would copy them for nothing.
    plain = {name: getattr(scenario, name) for name in Scenario.__slots__ if name not in _TABLES}
    yield from _assignments({"format": FORMAT, **plain, "profiles": table})
    yield from _section("[market]", asdict(scenario.market))
    yield from ("", "[tariff]", f"choice = {_value(scenario.tariff.choice)}")
    yield from _section("[tariff.real_time]", _real_time(scenario.tariff.real_time, prices))
    yield from _section("[tariff.two_level]", asdict(scenario.tariff.two_level))
    for participant in scenario.participants:
        yield from _section("[[participants]]", asdict(participant))
    for source in scenario.sources:
        yield from _section("[[sources]]", asdict(source))


def _real_time(plan: RealTimePlan, prices: str) -> dict[str, Any]:
    fields = asdict(plan)
    if plan.wholesale_prices is not None:
        del fields["wholesale_eur_per_mwh"]
        fields["wholesale_prices"] = prices
    return fields


def _section(title: str, fields: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", title)
    yield from _assignments(fields)


def _assignments(fields: Mapping[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        if value is not None:
            yield f"{name} = {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_assignments(value))} }}"
    if isinstance(value, tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return json.dumps(str(value))
    # JSON's strings and integers are TOML's too.
    return json.dumps(value, ensure_ascii=False)
