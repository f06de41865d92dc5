"""A simulated day whose hours are settled four at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from chain.events import IntervalSettled, Transfer, read_events
from chain.outbox import outbox_table
from domain.errors import InvalidValueError
from node.publication import Publication
from node.run_folder import RunFolder
from node.scenarios.loading import load_scenario
from node.scenarios.scenario import MarketPlan
from node.simulation.progress import Silent
from node.simulation.simulation import Simulation
from settlement.audit import audit_stored_run

HOURS = 23


@pytest.mark.chain
@pytest.mark.day
def test_a_day_settled_in_groups_passes_its_audit(tmp_path: Path) -> None:
    """From 23:00 to 22:00 UTC: groups of four begin at 0, 4, 8, 12, 16 and 20 o'clock."""
    whole = load_scenario("benetutti")
    scenario = replace(
        whole,
        participants=whole.participants[:4],
        duration_s=3600,
        day=date(2025, 3, 30),
        market=MarketPlan(netted_intervals=4),
    )
    folder = RunFolder.create(tmp_path / "run")
    with Simulation(scenario, folder, seed="1", listener=Silent()) as simulation:
        simulation.run()
        simulation.keep_chain()
        publication = Publication(folder, scenario, simulation.node, simulation.founded)
        publication.write(simulation.authority.issuer.public)
        assert audit_stored_run(folder.path).findings == []
        node, first = simulation.node, scenario.intervals()[0]
        assert node.correct(first) == node.settlements.interval(first)
        contracts = simulation.founded.contracts
        events = read_events(contracts.chain, contracts.deployment)
        with simulation.engine.connect() as connection:
            query = select(outbox_table.c.label).where(outbox_table.c.step == "settle")
            labels = list(connection.scalars(query))
    settled = [event for event in events if isinstance(event, IntervalSettled)]
    sizes = [
        sum(event.transaction_hash == one for event in settled)
        for one in dict.fromkeys(event.transaction_hash for event in settled)
    ]
    assert sizes == [1, 4, 4, 4, 4, 4, 2]
    assert sorted(labels) == ["Settlement.settle"] + ["Settlement.settleSeveral"] * 6
    transactions = {event.transaction_hash for event in settled}
    money = [
        event
        for event in events
        if isinstance(event, Transfer)
        and event.contract == "CurrencyToken"
        and event.transaction_hash in transactions
    ]
    assert 0 < len(money) <= 4 * len(transactions)


@pytest.mark.parametrize("count", [0, 97])
def test_a_group_has_one_to_96_intervals(count: int) -> None:
    with pytest.raises(InvalidValueError, match="netted_intervals"):
        MarketPlan(netted_intervals=count)
