"""Commands that are imported when they are called: help and version come at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Entry:
    """A command, or a group of them, that waits to be imported.

    Attributes:
        name: what it is called by.
        about: its line in the list of commands: the first paragraph of its own help.
        function: of ``node.commands.NAME``; None where that module has a group, ``app``.
    """

    name: str
    about: str
    function: str | None = None

    def outline(self) -> TyperCommand:
        """Return a command that has nothing but its line in the list."""
        return TyperCommand(self.name, help=self.about)

    def load(self) -> TyperCommand | TyperGroup:
        """Import the command."""
        module = import_module(f"node.commands.{self.name}")
        parent = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False)
        if self.function is None:
            parent.add_typer(module.app, name=self.name)
        else:
            command = getattr(module, self.function)
            parent.command(self.name, epilog=module.EXAMPLE)(command)
        return cast("TyperCommand | TyperGroup", typer.main.get_group(parent).commands[self.name])


def group_of(entries: Iterable[Entry]) -> type[TyperGroup]:
    """Make a class of groups that have some commands beside those that are imported already.

    Args:
        entries: in the sequence in which they are listed.
    """
    waiting = {entry.name: entry for entry in entries}

    class Commands(TyperGroup):
        """Lists outlines; imports what is called."""

        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            outlines = {name: entry.outline() for name, entry in waiting.items()}
            self.commands = {**outlines, **self.commands}

        # Typer keeps to itself what contexts and commands are derived from.
        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
            """Return the command that is called, and what it is called with."""
            name, command, rest = super().resolve_command(ctx, args)
            entry = None if name is None else waiting.get(name)
            return name, command if entry is None else entry.load(), rest

    return Commands
