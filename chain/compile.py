"""Compile the contracts for the programs that deploy and call them: ``python -m chain.compile``.

The settings are those of ``contracts/foundry.toml``, the compiler is ``$COMMONWATT_SOLC`` or, by
default, ``contracts/solc``. Nothing happens where neither sources nor settings changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import solcx
from solcx.exceptions import SolcError

from chain.artifacts import ARTIFACTS, CONTRACT_NAMES
from domain.errors import CommonwattError

CONTRACTS: Final = Path(__file__).resolve().parent.parent / "contracts"

_OUTPUTS: Final = ["abi", "evm.bytecode.object"]
_LOCK_FILE: Final = "package-lock.json"


class CompilationError(CommonwattError):
    """The contracts cannot be compiled; the message says what the compiler said."""


def compile_contracts(contracts: Path = CONTRACTS, artifacts: Path = ARTIFACTS) -> bool:
    """Bring the artifacts up to date, saying so on standard output.

    Args:
        contracts: folder with ``src``, ``foundry.toml`` and ``node_modules``.
        artifacts: folder to write ``NAME.json`` to.

    Returns:
        Whether there was anything to do.

    Raises:
        CompilationError: where the compiler is missing or refuses the sources.
    """
    source_hash = standard_input_hash(contracts)
    if all(_is_current(artifacts / f"{name}.json", source_hash) for name in CONTRACT_NAMES):
        return False
    names = ", ".join(CONTRACT_NAMES)
    print(f"Compiling {names} (takes some 10 seconds) ...", flush=True)
    begin = time.monotonic()
    compiled = _compiled(standard_input(contracts), contracts, find_compiler(contracts))
    artifacts.mkdir(exist_ok=True)
    for name in CONTRACT_NAMES:
        _write(artifacts / f"{name}.json", _artifact(name, compiled, source_hash))
    print(f"Compiled in {time.monotonic() - begin:.1f} s.", flush=True)
    return True


def find_compiler(contracts: Path = CONTRACTS) -> Path:
    """Return the Solidity compiler: ``$COMMONWATT_SOLC`` or the one beside the contracts.

    Raises:
        CompilationError: where it is not there.
    """
    chosen = os.environ.get("COMMONWATT_SOLC")
    compiler = Path(chosen) if chosen else contracts / "solc"
    if not compiler.is_file():
        raise CompilationError(f"there is no Solidity compiler at {compiler}")
    return compiler.resolve()


def standard_input(contracts: Path = CONTRACTS) -> dict[str, Any]:
    """Return what the compiler is asked: all sources, and the settings that forge uses too.

    Raises:
        CompilationError: where there are no sources or no settings.
    """
    sources = sorted((contracts / "src").rglob("*.sol"))
    if not sources:
        raise CompilationError(f"there are no contracts in {contracts / 'src'}")
    return {
        "language": "Solidity",
        "sources": {
            source.relative_to(contracts).as_posix(): {"content": source.read_text("utf-8")}
            for source in sources
        },
        "settings": {
            **_forge_settings(contracts),
            "outputSelection": {"*": dict.fromkeys(CONTRACT_NAMES, _OUTPUTS)},
        },
    }


def standard_input_hash(contracts: Path = CONTRACTS) -> str:
    """Return a hash of all that the artifacts depend on: sources, settings, libraries, compiler.

    Raises:
        CompilationError: where one of them is missing.
    """
    digest = hashlib.sha256(json.dumps(standard_input(contracts), sort_keys=True).encode())
    digest.update((contracts / _LOCK_FILE).read_bytes())
    digest.update(find_compiler(contracts).read_bytes())
    return digest.hexdigest()


def _forge_settings(contracts: Path) -> dict[str, Any]:
    try:
        text = (contracts / "foundry.toml").read_text("utf-8")
        profile = tomllib.loads(text)["profile"]["default"]
        optimizer = {"enabled": profile["optimizer"], "runs": profile["optimizer_runs"]}
        metadata = {
            "bytecodeHash": profile["bytecode_hash"],
            "appendCBOR": profile["cbor_metadata"],
        }
        settings = {
            "evmVersion": profile["evm_version"],
            "metadata": metadata,
            "optimizer": optimizer,
        }
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise CompilationError(
            f"{contracts / 'foundry.toml'} does not give the settings ({error!r})"
        ) from error
    remappings = (contracts / "remappings.txt").read_text("utf-8").split()
    return {**settings, "viaIR": profile.get("via_ir", False), "remappings": remappings}


def _is_current(path: Path, source_hash: str) -> bool:
    try:
        return bool(json.loads(path.read_text("utf-8"))["sourceHash"] == source_hash)
    except (OSError, ValueError, KeyError):
        return False


def _compiled(task: dict[str, Any], contracts: Path, compiler: Path) -> dict[str, Any]:
    try:
        output: dict[str, Any] = solcx.compile_standard(
            task,
            base_path=contracts,
            allow_paths=[contracts / "node_modules"],
            solc_binary=compiler,
        )
    except SolcError as error:
        words = error.message if error.error_dict else (error.stderr_data or error.message)
        raise CompilationError(f"the contracts do not compile:\n{words}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise CompilationError(f"{compiler} cannot be run ({error}); it needs Node.js") from error
    return {
        name: contract
        for contracts_of_file in output.get("contracts", {}).values()
        for name, contract in contracts_of_file.items()
    }


def _artifact(name: str, compiled: Mapping[str, Any], source_hash: str) -> dict[str, Any]:
    try:
        contract = compiled[name]
    except KeyError as error:
        raise CompilationError(f"there is no contract {name} in the sources") from error
    return {
        "contract": name,
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "sourceHash": source_hash,
    }


def _write(path: Path, artifact: Mapping[str, Any]) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(artifact, indent=1) + "\n", "utf-8")
    unfinished.replace(path)


def main() -> int:
    """Compile what changed; exit code 1 where that fails."""
    try:
        if not compile_contracts():
            print("The contracts are compiled already.")
    except CommonwattError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
