"""How this program was called, so that a command it shows can be pasted."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

NAME: Final = "commonwatt"


def program() -> str:
    """Return what to type to call this program again from the same folder.

    That is the path it was called by (``.venv/bin/commonwatt``), or the bare name where the shell
    finds the program by it, or where the program was not called as ``commonwatt`` at all.
    """
    called = Path(sys.argv[0])
    if called.name != NAME:
        return NAME
    if called.is_absolute():
        found = shutil.which(NAME)
        if found is not None and Path(found).resolve() == called.resolve():
            return NAME
        called = Path(shown_path(called))
    return shlex.quote(str(called))


def command(*arguments: str | Path) -> str:
    """Return a command line of this program, quoted for a shell."""
    return " ".join([program(), *(shlex.quote(str(argument)) for argument in arguments)])


def shown_path(path: Path) -> str:
    """Write a path as a person in this folder would."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
