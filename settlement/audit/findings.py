"""What an audit finds, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

KEPT_FINDINGS: Final = 100
"""Findings of one check that are kept; all are counted."""
_SHOWN_CHARACTERS: Final = 200


class Place(NamedTuple):
    """Where a value stands.

    Attributes:
        file: name of the file in the run, or ``chain``.
        line: number of its line from 1, where there is one.
        interval: UTC second at which the interval begins, where the place tells it.
    """

    file: str
    line: int | None = None
    interval: int | None = None


def on_chain(interval: int | None = None) -> Place:
    """Return the place of a value that only the chain holds."""
    return Place("chain", None, interval)


@dataclass(frozen=True, slots=True)
class Finding:
    """One value that is not what it should be.

    Attributes:
        check: name of the check that found it.
        file: name of the file in the run, or ``chain``.
        line: number of its line from 1, where there is one.
        interval: UTC second at which the interval begins, where the place tells it.
        item: which value of which thing.
        expected: what it should be.
        got: what it is.
    """

    check: str
    file: str
    line: int | None
    interval: int | None
    item: str
    expected: str
    got: str


@dataclass(slots=True)
class Check:
    """One kind of comparison, counted.

    Attributes:
        name: short name, stable for programs.
        about: what is compared with what, for people.
        count: values compared.
        failures: how many of them were wrong.
        findings: the first ``KEPT_FINDINGS`` of the failures.
    """

    name: str
    about: str
    count: int = 0
    failures: int = 0
    findings: list[Finding] = field(default_factory=list)

    def expect(self, place: Place, item: str, expected: object, got: object) -> bool:
        """Compare one value, note it where it differs, and tell whether it holds."""
        self.count += 1
        if expected == got:
            return True
        self._note(place, item, expected, got)
        return False

    def fail(self, place: Place, item: str, expected: object, got: object) -> None:
        """Note one value that is wrong."""
        self.count += 1
        self._note(place, item, expected, got)

    def _note(self, place: Place, item: str, expected: object, got: object) -> None:
        self.failures += 1
        if len(self.findings) < KEPT_FINDINGS:
            finding = Finding(self.name, *place, item, show(expected), show(got))
            self.findings.append(finding)


@dataclass(slots=True)
class Ledger:
    """All checks of an audit in the order in which they began."""

    checks: dict[str, Check] = field(default_factory=dict)

    def check(self, name: str, about: str) -> Check:
        """Return the check of that name, beginning it where there is none yet."""
        return self.checks.setdefault(name, Check(name, about))

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks.values())


def show(value: object) -> str:
    """Write a value for a person: bytes as 0x and digits, nothing as ``none``, long text cut."""
    if value is None:
        return "none"
    text = "0x" + value.hex() if isinstance(value, bytes) else str(value)
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"{text[:_SHOWN_CHARACTERS]}... ({len(text)} characters)"
