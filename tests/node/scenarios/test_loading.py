"""The shipped scenario is the pilot that it says it is; a wrong file is refused by field."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domain.errors import InvalidValueError
from domain.price_series import utc_text
from node.scenarios.loading import DATA, load_scenario, scenario_names
from node.scenarios.scenario import MarketPlan, ParticipantKind, Scenario
from node.scenarios.tariffs import tariffs_of_day
from node.scenarios.writing import write_scenario


def test_benetutti_is_the_pilot_of_its_source(benetutti: Scenario) -> None:
    kinds = Counter(participant.kind for participant in benetutti.participants)
    assert kinds == {
        ParticipantKind.HOUSEHOLD: 18,
        ParticipantKind.SCHOOL: 1,
        ParticipantKind.NURSERY: 1,
    }
    assert sum(participant.battery is not None for participant in benetutti.participants) == 1
    peaks = [participant.pv.peak_w for participant in benetutti.participants if participant.pv]
    assert len(peaks) == 20
    assert min(peaks) >= 2_000
    assert max(peaks) == 12_000
    assert len({(p.pv.peak_w, p.pv.profile) for p in benetutti.participants if p.pv}) == 20
    assert (benetutti.community, benetutti.day, benetutti.time_zone) == (
        1,
        date(2025, 4, 1),
        "Europe/Rome",
    )


def test_no_two_participants_consume_alike(benetutti: Scenario) -> None:
    loads = {participant.load for participant in benetutti.participants}
    assert len(loads) == 20
    assert len({(load.profile, load.shift_quarters) for load in loads if load}) == 20


def test_everybody_whose_data_are_used_is_named(benetutti: Scenario) -> None:
    named = {source.title.split(",")[0]: source for source in benetutti.attributions()}
    assert "Open Database License" in named["SimBench"].licence
    assert named["Day-ahead market (MGP)"].holder.startswith("GME")
    assert "TwinERGY D4.4" in named


def test_all_scenarios_of_the_package_load() -> None:
    assert "benetutti" in scenario_names()
    for name in scenario_names():
        assert load_scenario(name).name == name


def test_a_scenario_is_written_and_read_back(benetutti: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "copy.toml"
    assert write_scenario(benetutti, path) == tmp_path / "copy.csv"
    assert load_scenario(path) == benetutti


PRICES = re.compile(r"wholesale_eur_per_mwh = \[.*?\]", re.DOTALL)


def with_a_price_table(folder: Path, line: str) -> Path:
    """Put a copy of the scenario into a folder, its 24 prices replaced by a line."""
    text = (DATA / "benetutti.toml").read_text(encoding="utf-8")
    path = folder / "follows.toml"
    path.write_text(PRICES.sub(line, text), encoding="utf-8")
    shutil.copy(DATA / "simbench-profiles.csv", folder)
    return path


def price_table(benetutti: Scenario) -> str:
    rows = zip(
        benetutti.intervals()[::4],
        benetutti.tariff.real_time.wholesale_eur_per_mwh,
        strict=True,
    )
    lines = [f"{utc_text(interval.start)},{price}" for interval, price in rows]
    return "\n".join(["start,price_eur_per_mwh", *lines])


def test_a_scenario_may_name_a_price_table_beside_it(benetutti: Scenario, tmp_path: Path) -> None:
    path = with_a_price_table(tmp_path, 'wholesale_prices = "prices.csv"')
    (tmp_path / "prices.csv").write_text(price_table(benetutti))
    scenario = load_scenario(path)
    assert scenario.tariff.real_time.wholesale_eur_per_mwh == ()
    assert tariffs_of_day(scenario) == tariffs_of_day(benetutti)
    copy = tmp_path / "elsewhere" / "copy.toml"
    copy.parent.mkdir()
    write_scenario(scenario, copy)
    assert sorted(path.name for path in copy.parent.iterdir()) == [
        "copy-prices.csv",
        "copy.csv",
        "copy.toml",
    ]
    assert load_scenario(copy) == scenario


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('wholesale_prices = "../prices.csv"', "wholesale_prices"),
        ("wholesale_prices = 24", "wholesale_prices"),
        ("wholesale_prices = { step = 3600, starts = [0], prices = [1] }", "wholesale_prices"),
        ('wholesale_prices = "missing.csv"', "scenario"),
        ('wholesale_prices = "local.csv"', "local.csv line 2: start"),
        ('wholesale_prices = "short.csv"', "prices"),
        ('wholesale_prices = "prices.csv"\nwholesale_eur_per_mwh = ["1"]', "wholesale_eur_per_mwh"),
        ('wholesale_table = "prices.csv"', "wholesale_table"),
        ("", "wholesale_eur_per_mwh"),
    ],
)
def test_a_wrong_price_table_is_refused_by_field(
    benetutti: Scenario, tmp_path: Path, line: str, field: str
) -> None:
    table = price_table(benetutti)
    (tmp_path / "prices.csv").write_text(table)
    (tmp_path / "local.csv").write_text(table.replace("Z,", ","))
    (tmp_path / "short.csv").write_text(table.rpartition("\n")[0])
    with pytest.raises(InvalidValueError) as error:
        load_scenario(with_a_price_table(tmp_path, line))
    assert error.value.field.endswith(field)


def test_a_scenario_without_a_market_clears_at_the_uniform_price(tmp_path: Path) -> None:
    text = (DATA / "benetutti.toml").read_text(encoding="utf-8")
    begin, end = text.index("[market]"), text.index("[tariff]")
    path = tmp_path / "plain.toml"
    path.write_text(text[:begin] + text[end:], encoding="utf-8")
    shutil.copy(DATA / "simbench-profiles.csv", tmp_path)
    assert load_scenario(path).market == MarketPlan("uniform-price", None)
    assert load_scenario(path).market.chain_k == 500


@pytest.mark.parametrize("market", [MarketPlan("pay-as-bid", 0), MarketPlan("mid-market-rate")])
def test_another_market_is_written_and_read_back(
    benetutti: Scenario, tmp_path: Path, market: MarketPlan
) -> None:
    changed = replace(benetutti, market=market)
    write_scenario(changed, tmp_path / "copy.toml")
    assert load_scenario(tmp_path / "copy.toml") == changed


@pytest.mark.parametrize("name", ["atlantis", "atlantis.toml", "../benetutti"])
def test_an_unknown_scenario_is_refused(name: str) -> None:
    with pytest.raises(InvalidValueError, match="scenario"):
        load_scenario(name)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('format = "commonwatt-scenario/1"', 'format = "other/1"', "format"),
        ("gate_lead_s = 300", 'gate_lead_s = "soon"', "gate_lead_s"),
        ("gate_lead_s = 300", "gate_lead_s = -1", "gate_lead_s"),
        ("gate_lead_s = 300", "gate_lead = 300", "gate_lead"),
        ('time_zone = "Europe/Rome"', 'time_zone = "Europe/Atlantis"', "time_zone"),
        ('time_zone = "Europe/Rome"', 'time_zone = "Europe"', "time_zone: expected an IANA"),
        ('key = "home-01"', 'key = "home-02"', "participants"),
        ('profile = "H0-A", annual_kwh = 2700', 'profile = "H9", annual_kwh = 2700', "home-01"),
        ('{ profile = "PV2", peak_w = 2200 }', '{ profile = "PV9", peak_w = 2200 }', "home-04"),
        ("annual_kwh = 2700", "annual_kwh = 2700, weekly = 1", "weekly"),
        ("initial_wh = 3000", "initial_wh = 30000", "initial_wh"),
        ('kind = "nursery"', 'kind = "palace"', "kind"),
        ('"105.3"', '"plenty"', "wholesale_eur_per_mwh"),
        ('profiles = "simbench-profiles.csv"', 'profiles = "../secret.csv"', "profiles"),
        ('profiles = "simbench-profiles.csv"', 'profiles = "missing.csv"', "scenario"),
        ("[tariff]", "[tariff", "wrong.toml"),
        ('mechanism = "uniform-price"', 'mechanism = "lottery"', "one of: bill-sharing"),
        ('mechanism = "uniform-price"', 'mechanism = "vcg"', "proves (bill-sharing, mid-market"),
        ('mechanism = "uniform-price"', 'mechanism = "bill-sharing"', "k: expected no value"),
        ('mechanism = "uniform-price"', 'rule = "uniform-price"', "rule"),
        ("k = 500", "k = 1001", "k: expected an integer from 0 to 1000"),
    ],
)
def test_a_wrong_file_is_refused_by_field(tmp_path: Path, old: str, new: str, field: str) -> None:
    text = (DATA / "benetutti.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "wrong.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    shutil.copy(DATA / "simbench-profiles.csv", tmp_path)
    with pytest.raises(InvalidValueError) as error:
        load_scenario(path)
    assert field in error.value.field or field in str(error.value)
