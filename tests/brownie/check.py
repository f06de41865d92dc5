"""Show that brownie compiles the contracts and talks to a running node.

    python tests/brownie/check.py

Everything goes into the project's own folders: the environment into ``.venv-brownie``, the home of
brownie and its compilers into ``build/brownie-home``, its artifacts into ``build/brownie``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = ROOT / ".venv-brownie"
LOCK = ROOT / "requirements" / "brownie.lock"
HOME = ROOT / "build" / "brownie-home"
COMPILER = ROOT / "contracts" / "solc"
COMPILER_VERSION = "0.8.37"
NETWORKS = ROOT / "tests" / "brownie" / "networks.yaml"

sys.path.insert(0, str(ROOT))


def main() -> int:
    """Install, compile, connect, deploy; exit code 1 where one of them fails."""
    from chain.anvil import Anvil

    try:
        install()
        prepare_home()
        brownie("compile", "--all")
        with Anvil() as anvil:
            brownie("run", "deploy_registry", "--network", "commonwatt", url=anvil.url)
    except subprocess.CalledProcessError as error:
        print(f"brownie: FAILED: {' '.join(error.cmd)} ended with {error.returncode}")
        return 1
    print("brownie: compiled the contracts, deployed Registry on a running node, read it back. OK")
    return 0


def install() -> None:
    """Create brownie's environment from its lock file, unless it is there."""
    mark = ENVIRONMENT / ".installed"
    wanted = LOCK.read_bytes()
    if mark.is_file() and mark.read_bytes() == wanted:
        return
    print(f"Installing brownie into {ENVIRONMENT.name} (takes a minute) ...", flush=True)
    begin = time.monotonic()
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    command = [*pip, "install", "--quiet", "--require-hashes", "--requirement", str(LOCK)]
    subprocess.run(command, check=True)
    mark.write_bytes(wanted)
    print(f"Installed in {time.monotonic() - begin:.0f} s.", flush=True)


def prepare_home() -> None:
    """Give brownie a home where it finds the project's compiler, and the network to connect to."""
    compilers, settings = HOME / ".solcx", HOME / ".brownie"
    compilers.mkdir(parents=True, exist_ok=True)
    settings.mkdir(exist_ok=True)
    installed = compilers / f"solc-v{COMPILER_VERSION}"
    installed.unlink(missing_ok=True)
    installed.symlink_to(Path(os.environ.get("COMMONWATT_SOLC", COMPILER)).resolve())
    shutil.copyfile(NETWORKS, settings / "network-config.yaml")
    # What it deployed earlier was on a chain that is gone.
    shutil.rmtree(ROOT / "build" / "brownie" / "deployments", ignore_errors=True)


def brownie(*arguments: str, url: str = "") -> None:
    """Run brownie in its home, where ``$COMMONWATT_RPC`` names the node to connect to."""
    command = [str(ENVIRONMENT / "bin" / "brownie"), *arguments]
    variables = {**os.environ, "HOME": str(HOME), "COMMONWATT_RPC": url}
    subprocess.run(command, cwd=ROOT, env=variables, check=True)


if __name__ == "__main__":
    sys.exit(main())
