"""Showing how far a run is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


class Listener(Protocol):
    """Whoever wants to know how far a run is."""

    def begin(self, what: str, total: int | None = None) -> None:
        """Say that a stage begins; ``total`` is its number of steps, None where unknown."""
        ...

    def step(self, note: str = "") -> None:
        """Say that one step of the stage is done."""
        ...


class Silent:
    """Nobody wants to know."""

    def begin(self, what: str, total: int | None = None) -> None:
        """Take note of nothing."""

    def step(self, note: str = "") -> None:
        """Take note of nothing."""


class Bar:
    """A line a stage on a terminal, with a bar where the number of steps is known."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, what: str, total: int | None = None) -> None:
        """Finish the stage before and start a new line."""
        self.finish()
        self._task = self._progress.add_task(what, total=total, note="")

    def step(self, note: str = "") -> None:
        """Move the bar by one."""
        if self._task is not None:
            self._progress.update(self._task, advance=1, note=note)

    def finish(self) -> None:
        """Fill the current stage's bar."""
        if self._task is None:
            return
        done = self._progress.tasks[self._task]
        total = done.total if done.total is not None else max(done.completed, 1)
        self._progress.update(self._task, total=total, completed=total, note="")
        self._progress.stop_task(self._task)


@contextmanager
def progress_bar(console: Console) -> Iterator[Bar]:
    """Show stages and bars on a terminal while the block runs."""
    columns = (
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description:<23}"),
        BarColumn(bar_width=18),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=False) as progress:
        bar = Bar(progress)
        yield bar
        bar.finish()
