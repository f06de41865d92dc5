from __future__ import annotations

from datetime import date

import pytest

from node.scenarios.flows import ParticipantDay, expected_and_actual
from node.scenarios.loading import load_scenario
from node.scenarios.scenario import Scenario

SPRING = date(2025, 3, 30)
AUTUMN = date(2025, 10, 26)


@pytest.fixture(scope="session")
def benetutti() -> Scenario:
    return load_scenario("benetutti")


@pytest.fixture(scope="session")
def days(benetutti: Scenario) -> tuple[ParticipantDay, ...]:
    return expected_and_actual(benetutti, "one")
