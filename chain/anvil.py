"""A development chain in a process of its own: anvil, free of gas prices, ended with its parent."""

from __future__ import annotations

import contextlib
import gzip
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import chain.tether
from chain.failures import ChainStartError
from chain.rpc import JsonRpc
from domain.errors import InvalidValueError

CHAIN_ID: Final = 31337
HARDFORK: Final = "london"
BLOCK_GAS_LIMIT: Final = 60_000_000

_HOST: Final = "127.0.0.1"
_ANY_PORT: Final = 0
_NODE_MODULES: Final = Path(__file__).resolve().parent.parent / "contracts" / "node_modules"
_SYSTEMS: Final = {"Linux": "linux", "Darwin": "darwin"}
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_LISTENING: Final = b"Listening on "
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 5.0
_GZIP_MAGIC: Final = b"\x1f\x8b"


class Anvil:
    """A development chain that runs from ``with`` to the end of its block.

    It listens on 127.0.0.1 alone, mines a block for each transaction at once, has the rules of
    London, a block gas limit of 60 M and gas for nothing. It has no funded accounts. It is in a
    process group of its own, so that Ctrl-C in a terminal does not end it before its user, and it
    does not outlive the process that started it, however that ends.

    Attributes:
        url: where its JSON-RPC door is, while it runs.
        pid: number of its process, while it runs.
    """

    url: str
    pid: int

    def __init__(
        self,
        *,
        timestamp: int | None = None,
        load_state: Path | None = None,
        port: int | None = None,
    ) -> None:
        """Describe the chain; ``with`` starts it.

        Args:
            timestamp: UTC second of its first block, by default now. The blocks after it follow at
                the machine's pace.
            load_state: a file of ``dump_state`` (JSON, gzip or not) to go on from.
            port: TCP port to listen on, by default a free one.
        """
        self._timestamp = timestamp
        self._load_state = load_state
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._started: Future[int] = Future()

    def __enter__(self) -> Self:
        """Start the chain and wait until it answers.

        Raises:
            ChainStartError: where there is no anvil, or it ends at once; with its last words.
            InvalidValueError: where the state file is none.
        """
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def dump_state(self, path: Path) -> None:
        """Write the whole chain to a file: state, blocks, transactions, with their logs.

        The file is gzip of anvil's JSON. It replaces an earlier one in one step.

        Raises:
            ChainError: where the chain does not answer.
        """
        rpc = JsonRpc(self.url)
        try:
            content = bytes.fromhex(rpc.request("anvil_dumpState").removeprefix("0x"))
        finally:
            rpc.close()
        unfinished = path.with_name(path.name + ".part")
        unfinished.write_bytes(content)
        unfinished.replace(path)

    def _start(self) -> None:
        with _plain_state(self._load_state) as state:
            command = [str(find_anvil()), *self._arguments(state)]
            # Linux counts the thread that starts a process as its parent, so that thread stays.
            self._started = Future()
            self._keeper = threading.Thread(
                target=self._keep, args=(command,), name="anvil", daemon=True
            )
            self._keeper.start()
            try:
                port = self._started.result(_START_SECONDS)
            except TimeoutError as error:
                raise ChainStartError(
                    f"anvil does not listen after {_START_SECONDS:g} s"
                ) from error
        self.url = f"http://{_HOST}:{port}"
        self._silence()

    def _arguments(self, state: Path | None) -> list[str]:
        numbers = {
            "--port": _ANY_PORT if self._port is None else self._port,
            "--chain-id": CHAIN_ID,
            "--gas-limit": BLOCK_GAS_LIMIT,
            "--gas-price": 0,
            "--block-base-fee-per-gas": 0,
            "--accounts": 0,
        }
        arguments = [text for name, number in numbers.items() for text in (name, str(number))]
        arguments += ["--host", _HOST, "--hardfork", HARDFORK, "--no-cors", "--color", "never"]
        arguments += ["--prune-history", "--disable-default-create2-deployer"]
        if self._timestamp is not None:
            arguments += ["--timestamp", str(self._timestamp)]
        if state is not None:
            arguments += ["--load-state", str(state)]
        return arguments

    def _keep(self, command: list[str]) -> None:
        tethered = [sys.executable, "-I", "-S", chain.tether.__file__, str(os.getpid()), *command]
        try:
            process = subprocess.Popen(
                tethered,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self._started.set_exception(ChainStartError(f"anvil cannot be run: {error}"))
            return
        self._process, self.pid = process, process.pid
        with process:
            self._listen_to(process)

    def _listen_to(self, process: subprocess.Popen[bytes]) -> None:
        lines = iter(process.stdout or ())
        said: list[bytes] = []
        for line in lines:
            said.append(line)
            if line.startswith(_LISTENING):
                self._started.set_result(int(line.rpartition(b":")[2]))
                break
        else:
            words = b"".join(said).decode(errors="replace").strip()
            self._started.set_exception(ChainStartError(f"anvil ended at once: {words}"))
        # Its pipe has to be emptied, or it would stand still once that is full.
        for _ in lines:
            continue

    def _silence(self) -> None:
        rpc = JsonRpc(self.url)
        try:
            rpc.request("anvil_setLoggingEnabled", False)
        finally:
            rpc.close()

    def _stop(self) -> None:
        process, keeper = self._process, self._keeper
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        if keeper is None:
            return
        keeper.join(_STOP_SECONDS)
        if keeper.is_alive() and process is not None:
            process.kill()
            keeper.join()
        self._process = self._keeper = None


def find_anvil() -> Path:
    """Return anvil's program: ``$COMMONWATT_ANVIL``, the one beside the contracts, or on the path.

    Raises:
        ChainStartError: where there is none.
    """
    chosen = os.environ.get("COMMONWATT_ANVIL")
    if chosen:
        return _existing(Path(chosen), "COMMONWATT_ANVIL names")
    package = f"anvil-{_SYSTEMS.get(platform.system())}-{_MACHINES.get(platform.machine().lower())}"
    packaged = _NODE_MODULES / "@foundry-rs" / package / "bin" / "anvil"
    if packaged.is_file():
        return packaged
    installed = shutil.which("anvil")
    if installed is None:
        raise ChainStartError(
            "anvil is missing: run 'make setup', install Foundry, or set COMMONWATT_ANVIL"
        )
    return Path(installed)


def _existing(program: Path, who: str) -> Path:
    if not program.is_file():
        raise ChainStartError(f"{who} {program}, which is not there")
    return program.resolve()


@contextlib.contextmanager
def _plain_state(path: Path | None) -> Iterator[Path | None]:
    """Give anvil a state file that it can read: plain JSON, for as long as it starts."""
    if path is None:
        yield None
        return
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP_MAGIC):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidValueError("load_state", f"a state file ({error})", str(path)) from error
    with tempfile.TemporaryDirectory(prefix="commonwatt-") as folder:
        plain = Path(folder) / "state.json"
        plain.write_bytes(content)
        yield plain
