"""docs/governance.md: its steps are one program that does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chain.deployment import Roles
from chain.development import advance_to
from chain.operations import Stage, scheduled_operations

pytestmark = pytest.mark.chain

GUIDE = (Path(__file__).parents[2] / "docs" / "governance.md").read_text("utf-8")
DELAY = 2 * 86_400


def test_the_steps_are_one_program(chain, keys) -> None:
    roles = Roles(
        registrar=keys.registrar.address,
        operator=keys.operator.address,
        tariff_oracle=keys.tariff_oracle.address,
        minter=keys.minter.address,
        pauser=keys.pauser.address,
    )
    names = {
        "chain": chain,
        "roles": roles,
        "admin": keys.admin,
        "proposer": keys.proposer,
        "pauser": keys.pauser,
        "anybody": keys.stranger,
    }
    steps = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert len(steps) == 6
    for step in steps:
        exec(step, names)
        # The change is cancelled before its time, everything else waits for it.
        if "cancel" not in step and "change = " not in step:
            advance_to(chain, chain.block_time() + DELAY)
    deployment = names["contracts"].deployment
    stages = [one.stage for one in scheduled_operations(chain, deployment)]
    assert stages == [Stage.EXECUTED, Stage.CANCELLED, Stage.EXECUTED]
