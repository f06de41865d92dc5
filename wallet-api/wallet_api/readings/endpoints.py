"""Reading one's own meter readings."""

from __future__ import annotations

from fastapi import APIRouter

from wallet_api.cursors import read_cursor
from wallet_api.dependencies import StateDep, SubjectDep
from wallet_api.paging import CursorQuery, LimitQuery, Page, SpanQuery, make_page
from wallet_api.ports import AccountReading
from wallet_api.problems.catalogue import INVALID_VALUE, SIGN_IN_REQUIRED
from wallet_api.problems.responses import declared
from wallet_api.readings.schemas import ReadingOut

router = APIRouter(prefix="/readings", tags=["Readings"])


@router.get("", summary="Your meter readings", responses=declared(SIGN_IN_REQUIRED, INVALID_VALUE))
def list_readings(
    state: StateDep,
    subject: SubjectDep,
    span: SpanQuery,
    limit: LimitQuery = 100,
    cursor: CursorQuery = None,
) -> Page[ReadingOut]:
    """Return the signed readings of your own devices in a span of time, earliest first."""
    after = (-1, 0) if cursor is None else tuple(read_cursor(cursor, int, int))
    found = state.services.readings.readings_of(
        subject.account, max(span.first, after[0]), span.last
    )
    rows = [row for row in found if _place(row) > after]
    return make_page(rows, limit, _show, lambda row: list(_place(row)))


def _place(signed: AccountReading) -> tuple[int, int]:
    return (signed.reading.interval.start, signed.reading.device)


def _show(signed: AccountReading) -> ReadingOut:
    reading = signed.reading
    return ReadingOut(
        community=reading.interval.community,
        interval_start=reading.interval.start,
        duration_s=reading.interval.duration,
        device=reading.device,
        gateway=signed.gateway,
        imported_wh=reading.imported,
        exported_wh=reading.exported,
        document=dict(signed.document),
    )
