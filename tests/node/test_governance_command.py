"""``commonwatt governance`` on a market that is about to be handed over."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from chain.anvil import Anvil
from chain.connection import Chain
from chain.contracts import Contracts
from chain.deployment import Roles, deploy
from chain.governance import Governance
from chain.operations import acceptance, operation_of
from chain.roles import OPERATOR_ROLE
from chain.sender import Sender
from node.cli import app

pytestmark = pytest.mark.chain

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, keys: SimpleNamespace) -> Path:
    """A folder with manifest and state of a chain on which two operations were scheduled."""
    folder = tmp_path_factory.mktemp("governed")
    with Anvil() as anvil:
        chain = Chain(anvil.url)
        roles = Roles(*(keys.operator.address,) * 4, pauser=keys.pauser.address)
        deployment = deploy(chain, keys.admin, roles, Governance((keys.proposer.address,)))
        contracts = Contracts(chain, deployment)
        assert contracts.timelock is not None
        proposer = Sender(chain, keys.proposer)
        proposer.send(acceptance(deployment).schedule(contracts.timelock))
        grant = contracts.settlement.grant_role(OPERATOR_ROLE, keys.alice.address)
        operation = operation_of([grant])
        proposer.send(operation.schedule(contracts.timelock))
        proposer.send(contracts.timelock.cancel(operation.id))
        Sender(chain, keys.pauser).send(contracts.settlement.pause())
        anvil.dump_state(folder / "chain-state.json.gz")
        chain.close()
    (folder / "manifest.json").write_text(json.dumps({"chain": deployment.to_json()}))
    return folder


def test_for_a_program(run: Path, keys: SimpleNamespace) -> None:
    done = RUNNER.invoke(app, ["governance", str(run), "--json"])
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    contracts = {one["contract"]: one for one in shown["contracts"]}
    assert contracts.keys() >= {"Registry", "Settlement", "CurrencyToken", "Directory"}
    for one in contracts.values():
        assert (one["admin"], one["next_admin"]) == (keys.admin.address, shown["timelock"])
    assert contracts["Settlement"]["paused"] is True
    assert contracts["Registry"]["paused"] is False
    assert contracts["Metering"]["paused"] is None
    accept, grant = shown["operations"]
    assert (accept["stage"], grant["stage"]) == ("waiting", "cancelled")
    assert accept["ready_at"] == accept["scheduled_at"] + 172_800
    assert "Registry.acceptDefaultAdminTransfer()" in accept["calls"]
    expected = f"Settlement.grantRole(role=OPERATOR_ROLE, account={keys.alice.address})"
    assert grant["calls"] == [expected]


def test_for_people(run: Path) -> None:
    done = RUNNER.invoke(app, ["governance", str(run)], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    assert "Settlement.grantRole(role=OPERATOR_ROLE" in done.stdout
    assert "waiting, from" in done.stdout


def test_without_a_timelock(tmp_path: Path, chain: Chain, deployment) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"chain": deployment.to_json()}))
    done = RUNNER.invoke(app, ["governance", str(tmp_path), "--rpc", chain.url])
    assert done.exit_code == 0, done.output
    assert "No timelock" in done.stdout


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (None, "manifest.json"),
        ("{}", "manifest.json"),
        ('{"chain": 1}', "chain"),
        ("x", "manifest"),
    ],
)
def test_what_is_no_run(tmp_path: Path, manifest: str | None, words: str) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    done = RUNNER.invoke(app, ["governance", str(tmp_path)])
    assert done.exit_code == 2
    assert words in done.stderr


def test_a_run_without_state_needs_a_node(tmp_path: Path, deployment) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"chain": deployment.to_json()}))
    done = RUNNER.invoke(app, ["governance", str(tmp_path)])
    assert done.exit_code == 2
    assert "--rpc" in done.stderr
