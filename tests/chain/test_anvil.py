"""The development chain's process: started, ended, never left behind; its state kept and loaded."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain import tether
from chain.anvil import Anvil, find_anvil
from chain.calls import Call
from chain.connection import Chain
from chain.contracts import Contracts
from chain.development import advance_to
from chain.events import read_events
from chain.failures import ChainStartError, ChainUnavailableError
from chain.sender import Sender
from domain.errors import InvalidValueError
from identity.keys import EvmKey

pytestmark = pytest.mark.chain

START = 1_743_458_400
TERMINAL_PROGRAM = """
import sys, time
from chain.anvil import Anvil
with Anvil() as anvil:
    try:
        print(anvil.pid, flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        from chain.connection import Chain
        print(Chain(anvil.url).chain_id, flush=True)
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.01)


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    """Another Python that runs a chain, like a node in a terminal, and prints the chain's pid."""
    with subprocess.Popen(
        [sys.executable, "-c", TERMINAL_PROGRAM],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()


def test_a_past_day_free_of_charge() -> None:
    with Anvil(timestamp=START) as anvil:
        chain = Chain(anvil.url)
        assert chain.chain_id == 31337
        assert chain.block_time() == START
        advance_to(chain, START + 900)
        assert chain.block_time() == START + 900
        advance_to(chain, START)
        assert chain.block_time() == START + 900
        block = chain.rpc.request("eth_getBlockByNumber", "latest", False)
        assert (int(block["baseFeePerGas"], 16), int(block["gasLimit"], 16)) == (0, 60_000_000)
        assert "withdrawals" not in block
        receipt = Sender(chain, EvmKey.generate()).send(Call(None, b"", "nothing"))
        assert 0 <= receipt.block_time - (START + 900) < 60
        assert chain.web3.eth.block_number == receipt.block_number
        chain.close()


def test_several_at_once_on_ports_of_their_own() -> None:
    with Anvil() as one, Anvil() as other:
        assert one.url != other.url
        assert is_running(one.pid)
        assert is_running(other.pid)
    assert not is_running(one.pid)
    assert not is_running(other.pid)


def test_a_taken_port_is_named() -> None:
    with Anvil() as anvil:
        port = int(anvil.url.rpartition(":")[2])
        with pytest.raises(ChainStartError, match="in use"), Anvil(port=port):
            pass
        Chain(anvil.url).close()


def test_it_ends_where_its_block_fails() -> None:
    with pytest.raises(ValueError, match="mine"), Anvil() as anvil:
        raise ValueError("mine")
    assert not is_running(anvil.pid)
    with pytest.raises(ChainUnavailableError):
        Chain(anvil.url)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_it_dies_with_a_killed_parent(program) -> None:
    pid = int(program.stdout.readline())
    assert is_running(pid)
    program.kill()
    wait_until_gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_ctrl_c_reaches_its_user_first(program) -> None:
    pid = int(program.stdout.readline())
    os.killpg(program.pid, signal.SIGINT)
    assert program.stdout.readline() == "31337\n"
    assert program.wait(10) == 0
    wait_until_gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_tether_of_other_platforms(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    watched = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = f"""
import os, subprocess, sys, time
command = [sys.executable, "-c", {watched!r}]
sys.path.insert(0, {str(Path(tether.__file__).parent)!r})
watcher = "import sys, tether; sys.exit(tether.watch_over(int(sys.argv[1]), sys.argv[2:]))"
subprocess.Popen([sys.executable, "-c", watcher, str(os.getpid()), *command],
                 env={{**os.environ, "PYTHONPATH": sys.path[0]}})
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", parent]) as process:
        deadline = time.monotonic() + 20
        while not (told.exists() and told.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        pid = int(told.read_text())
        assert is_running(pid)
        process.kill()
    wait_until_gone(pid)


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMMONWATT_ANVIL", str(tmp_path / "nothing"))
    with pytest.raises(ChainStartError, match=r"COMMONWATT_ANVIL names .*nothing"):
        find_anvil()


def test_a_program_that_is_no_chain_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "anvil"
    program.write_text("#!/bin/sh\necho 'I am no chain'\n")
    program.chmod(0o755)
    monkeypatch.setenv("COMMONWATT_ANVIL", str(program))
    with pytest.raises(ChainStartError, match="I am no chain"), Anvil():
        pass


def test_a_kept_chain_reads_as_before(
    contracts: Contracts, chain: Chain, anvil: Anvil, keys, send, tmp_path: Path
) -> None:
    for index in range(20):
        wallet = EvmKey.generate().address
        call = contracts.registry.register_participant(wallet, bytes([index]) * 32, 1)
        receipt = send(keys.registrar, call)
    events = read_events(chain, contracts.deployment)
    kept = tmp_path / "chain-state.json.gz"
    anvil.dump_state(kept)
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]

    plain = tmp_path / "chain-state.json"
    plain.write_bytes(gzip.decompress(kept.read_bytes()))
    for file in (kept, plain):
        with Anvil(load_state=file) as loaded:
            again = Chain(loaded.url)
            assert again.block_number() == chain.block_number()
            assert read_events(again, contracts.deployment) == events
            assert again.receipt(receipt.tx_hash) == chain.receipt(receipt.tx_hash)
            copies = Contracts(again, contracts.deployment)
            assert copies.registry.participant(20) == contracts.registry.participant(20)
            call = copies.registry.register_participant(keys.bob.address, bytes(32), 1)
            Sender(again, keys.registrar).send(call)
            assert copies.registry.account_of(keys.bob.address) == 21
            again.close()
    assert contracts.registry.account_of(keys.bob.address) is None


@pytest.mark.parametrize("content", [None, b"\x1f\x8bbroken"])
def test_a_state_file_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "state.json.gz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidValueError, match="load_state"), Anvil(load_state=file):
        pass
