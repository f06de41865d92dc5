"""Reading one's own meter readings."""

from __future__ import annotations

from fastapi import APIRouter

from identity.signed_reading import document_hash
from wallet_api.cursors import read_cursor
from wallet_api.dependencies import StateDep, SubjectDep
from wallet_api.fields import hexadecimal
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
    """Return the signed readings of your own devices in a span of time, earliest first.

    Each comes with the salt and the proof of its leaf: `verifyReading` of the metering contract, or
    the root that it holds, tells whether it is what your gateway attested. Where the gateway
    corrected an interval, the reading that holds now is shown, with its revision.
    """
    start, device = (-1, 0) if cursor is None else read_cursor(cursor, int, int)
    rows = state.services.readings.readings_of(
        subject.account, span.first, span.last, (start, device), limit + 1
    )
    return make_page(rows, limit, _show, _place)


def _place(signed: AccountReading) -> list[int | str]:
    return [signed.reading.interval.start, signed.reading.device]


def _show(signed: AccountReading) -> ReadingOut:
    reading = signed.reading
    return ReadingOut(
        community=reading.interval.community,
        interval_start=reading.interval.start,
        duration_s=reading.interval.duration,
        device=reading.device,
        gateway=signed.gateway,
        revision=signed.revision,
        imported_wh=reading.imported,
        exported_wh=reading.exported,
        document=dict(signed.document),
        document_hash=hexadecimal(document_hash(signed.document)),
        salt=hexadecimal(signed.salt),
        proof=[hexadecimal(sibling) for sibling in signed.proof],
    )
