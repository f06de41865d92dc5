"""All published files of a run, read once; what cannot be read is a finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from domain.errors import InvalidValueError
from domain.interval import Interval
from settlement.audit.fields import Fields
from settlement.audit.files import BadLine, read_lines
from settlement.audit.findings import Check, Ledger, Place
from settlement.audit.lines.metering import (
    AttestationLine,
    ReadingLine,
    parse_attestation,
    parse_reading,
)
from settlement.audit.lines.orders import (
    KeptReceiptLine,
    OrderLine,
    WithdrawalLine,
    parse_kept_receipt,
    parse_order,
    parse_withdrawal,
)
from settlement.audit.lines.participants import (
    BalanceLine,
    ParticipantLine,
    parse_balance,
    parse_participant,
)
from settlement.audit.lines.prices import FillLine, PriceLine, parse_fill, parse_price
from settlement.audit.lines.settlements import (
    CorrectionLine,
    SettlementLine,
    parse_correction,
    parse_settlement,
)

PUBLISHED_FOLDER: Final = "published"
KEPT_RECEIPTS: Final = "kept receipts"
KEPT_RECEIPTS_ABOUT: Final = "every order that was receipted is in its book, or withdrawn"

_FILES: Final = frozenset(
    f"{name}.jsonl"
    for name in (
        "participants",
        "orders",
        "withdrawals",
        "prices",
        "fills",
        "readings",
        "attestations",
        "settlements",
        "corrections",
        "balances",
    )
)


class _Record(Protocol):
    @property
    def place(self) -> Place: ...
    @property
    def key(self) -> Any: ...


_L = TypeVar("_L")
_R = TypeVar("_R", bound=_Record)
_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)
_Parser = Callable[[Place, Fields, Mapping[int, Interval]], _L]


@dataclass(frozen=True, slots=True)
class Published:
    """The readable lines of every file, in the sequence of the file."""

    participants: list[ParticipantLine]
    orders: list[OrderLine]
    withdrawals: list[WithdrawalLine]
    prices: list[PriceLine]
    fills: list[FillLine]
    readings: list[ReadingLine]
    attestations: list[AttestationLine]
    settlements: list[SettlementLine]
    corrections: list[CorrectionLine]
    balances: list[BalanceLine]


def read_published(run: Path, calendar: Mapping[int, Interval], ledger: Ledger) -> Published:
    """Read the published files of a run.

    Args:
        run: the run's folder.
        calendar: the run's intervals by their start.
        ledger: takes the check ``files``.
    """
    check = ledger.check("files", "canonical, well formed, sorted")
    folder = run / PUBLISHED_FOLDER
    _expect_no_others(folder, check)

    def read(name: str, parse: _Parser[_R]) -> list[_R]:
        return _read_file(folder / f"{name}.jsonl", parse, calendar, check)

    return Published(
        participants=read("participants", parse_participant),
        orders=read("orders", parse_order),
        withdrawals=read("withdrawals", parse_withdrawal),
        prices=read("prices", parse_price),
        fills=read("fills", parse_fill),
        readings=read("readings", parse_reading),
        attestations=read("attestations", parse_attestation),
        settlements=read("settlements", parse_settlement),
        corrections=read("corrections", parse_correction),
        balances=read("balances", parse_balance),
    )


def read_kept_receipts(
    path: Path, calendar: Mapping[int, Interval], ledger: Ledger
) -> list[KeptReceiptLine]:
    """Read receipts that participants kept.

    The lines are written as those of the published files, in any sequence.

    Args:
        path: the file.
        calendar: the run's intervals by their start.
        ledger: takes the check ``kept receipts``.
    """
    check = ledger.check(KEPT_RECEIPTS, KEPT_RECEIPTS_ABOUT)
    return list(_parsed(path, parse_kept_receipt, calendar, check))


def by_key(records: Iterable[_T], key: Callable[[_T], _K]) -> dict[_K, list[_T]]:
    """Group records by a key, each group in the sequence given."""
    groups: defaultdict[_K, list[_T]] = defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return dict(groups)


def _read_file(
    path: Path, parse: _Parser[_R], calendar: Mapping[int, Interval], check: Check
) -> list[_R]:
    records: list[_R] = []
    for record in _parsed(path, parse, calendar, check):
        if _in_sequence(records, record, check):
            records.append(record)
    return records


def _parsed(
    path: Path, parse: _Parser[_L], calendar: Mapping[int, Interval], check: Check
) -> Iterator[_L]:
    """Yield the lines that can be read; the others are findings."""
    try:
        lines = list(read_lines(path))
    except OSError as error:
        check.fail(Place(path.name), "file", "a readable file", error.strerror)
        return
    for line in lines:
        if isinstance(line, BadLine):
            check.fail(line.place, line.error.field, line.error.expected, line.error.got)
            continue
        record = _parse(line.place, line.value, parse, calendar, check)
        if record is not None:
            yield record


def _parse(
    place: Place,
    value: dict[str, Any],
    parse: _Parser[_L],
    calendar: Mapping[int, Interval],
    check: Check,
) -> _L | None:
    fields = Fields(value)
    try:
        record = parse(place, fields, calendar)
        fields.end()
    except InvalidValueError as error:
        check.fail(place, error.field, error.expected, error.got)
        return None
    return record


def _in_sequence(records: list[_R], record: _R, check: Check) -> bool:
    if records and not records[-1].key < record.key:
        expected = f"after line {records[-1].place.line}, each key once"
        check.fail(record.place, "sequence", expected, record.key)
        # A second line under one key would be counted twice further on.
        return bool(records[-1].key != record.key)
    check.count += 1
    return True


def _expect_no_others(folder: Path, check: Check) -> None:
    others = sorted(path.name for path in folder.glob("*") if path.name not in _FILES)
    for name in others:
        check.fail(Place(name), "file", "no file that nothing verifies", name)
