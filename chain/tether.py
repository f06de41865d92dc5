"""Run a program that dies with the process that started it. A script, not a module to import.

    python tether.py PARENT_PID PROGRAM [ARGUMENT ...]

Linux kills it when the parent is gone (prctl PR_SET_PDEATHSIG) and this script becomes the program.
Elsewhere this script stays, looks for its parent twice a second, and ends the program after it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from types import FrameType
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_LOOK_SECONDS: Final = 0.5


def become(parent: int, command: list[str]) -> None:
    """Turn this process into the command, to be killed when its parent ends (Linux)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606


def watch_over(parent: int, command: list[str]) -> int:
    """Run the command, end it when the parent is gone or this process is told to end."""
    program = subprocess.Popen(command)

    def end(_signal: int, _frame: FrameType | None) -> None:
        program.terminate()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    while os.getppid() == parent:
        try:
            return program.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    program.kill()
    return program.wait()


def main(arguments: list[str]) -> int:
    """Tether the program to its parent in the way that the platform offers."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        become(parent, command)
    return watch_over(parent, command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
