"""Compiling: nothing twice, and readable words where it fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from chain import compile as compiling
from chain.artifacts import ARTIFACTS, CONTRACT_NAMES, load_artifact
from chain.compile import CompilationError, compile_contracts, find_compiler, standard_input
from chain.failures import MissingArtifactError

CONTRACTS = compiling.CONTRACTS
NOTHING = "// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.37;\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder like ``contracts`` with one empty source."""
    for name in ("foundry.toml", "remappings.txt", "package-lock.json", "solc"):
        shutil.copy(CONTRACTS / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(CONTRACTS / "node_modules")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "Registry.sol").write_text(NOTHING)
    return tmp_path


def test_what_is_compiled_already_is_left_alone(tmp_path: Path, capsys) -> None:
    source_hash = compiling.standard_input_hash()
    for name in CONTRACT_NAMES:
        (tmp_path / f"{name}.json").write_text(json.dumps({"sourceHash": source_hash}))
    assert compile_contracts(artifacts=tmp_path) is False
    assert capsys.readouterr().out == ""


def test_the_artifacts_are_those_of_the_sources() -> None:
    assert {load_artifact(name)["sourceHash"] for name in CONTRACT_NAMES} == {
        compiling.standard_input_hash()
    }, "run 'python -m chain.compile'"


def test_the_settings_are_forges() -> None:
    settings = standard_input()["settings"]
    assert settings["evmVersion"] == "london"
    assert settings["optimizer"]["enabled"] is True
    assert settings["remappings"] == [
        "@openzeppelin/contracts/=node_modules/@openzeppelin/contracts/"
    ]


def test_contracts_fit_their_limit() -> None:
    """EIP-170: a contract's code has at most 24,576 bytes (and its creation code a little more)."""
    for name in CONTRACT_NAMES:
        assert len(load_artifact(name)["bytecode"]) // 2 < 24_576 + 2_000


def test_an_error_in_the_sources_is_shown(project: Path) -> None:
    (project / "src" / "Registry.sol").write_text(NOTHING + "contract Registry { uint a = true; }")
    with pytest.raises(CompilationError, match=r"src/Registry\.sol:3:\d+") as error:
        compile_contracts(project, project / "artifacts")
    assert "contracts do not compile" in str(error.value)
    assert len(str(error.value)) < 1000


def test_a_missing_contract_is_named(project: Path) -> None:
    with pytest.raises(CompilationError, match="no contract Registry"):
        compile_contracts(project, project / "artifacts")


def test_missing_parts_are_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWATT_SOLC", str(project / "elsewhere"))
    with pytest.raises(CompilationError, match="elsewhere"):
        find_compiler(project)
    (project / "foundry.toml").write_text("[profile.default]\n")
    with pytest.raises(CompilationError, match=r"foundry\.toml"):
        standard_input(project)
    (project / "src" / "Registry.sol").unlink()
    with pytest.raises(CompilationError, match="no contracts"):
        standard_input(project)


def test_an_artifact_that_is_not_there_is_named() -> None:
    assert not (ARTIFACTS / "Nonsense.json").exists()
    with pytest.raises(MissingArtifactError, match=r"python -m chain\.compile"):
        load_artifact("Nonsense")
