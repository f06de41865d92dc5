"""Reading one's statement."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from domain.trade import ClearingStatus
from settlement.statements import Statement, StatementLine
from wallet_api.dependencies import StateDep, SubjectDep
from wallet_api.fields import hexadecimal
from wallet_api.paging import SpanQuery
from wallet_api.problems.catalogue import INVALID_VALUE, SIGN_IN_REQUIRED
from wallet_api.problems.responses import declared
from wallet_api.statements.schemas import StatementLineOut, StatementOut, Totals

router = APIRouter(prefix="/statements", tags=["Statements"])


@router.get("", summary="Your statement", responses=declared(SIGN_IN_REQUIRED, INVALID_VALUE))
def show_statement(state: StateDep, subject: SubjectDep, span: SpanQuery) -> StatementOut:
    """Return what you traded, metered and paid in the settled intervals of a span of time.

    Each line refers to its price record and its settlement on chain.
    """
    services = state.services
    statement = services.statements.statement(
        services.community.number, subject.account, span.first, span.last
    )
    return _show(statement)


def _show(statement: Statement) -> StatementOut:
    return StatementOut(
        account=statement.account,
        first=statement.first,
        last=statement.last,
        totals=Totals(**_sums(statement), certificates_wh=statement.certificates),
        lines=[_show_line(line) for line in statement.lines],
    )


def _sums(statement: Statement) -> dict[str, Any]:
    return {
        "bought_wh": statement.bought,
        "sold_wh": statement.sold,
        "imported_wh": statement.imported,
        "exported_wh": statement.exported,
        "payment": statement.payment,
        "trade_payment": statement.trade_payment,
        "fee": statement.fee,
        "grid_only_cost": statement.grid_only_cost,
        "saving": statement.saving,
    }


def _show_line(line: StatementLine) -> StatementLineOut:
    record, position = line.record, line.position
    return StatementLineOut(
        interval_start=record.interval.start,
        duration_s=record.interval.duration,
        bought_wh=position.bought,
        sold_wh=position.sold,
        imported_wh=position.imported,
        exported_wh=position.exported,
        certificates_wh=position.certificates,
        residual_wh=position.residual,
        price=record.price if record.status is ClearingStatus.CLEARED else None,
        feed_in=record.tariff.feed_in,
        retail=record.tariff.retail,
        payment=line.payment,
        trade_payment=line.trade_payment,
        fee=line.fee,
        grid_only_cost=line.grid_only_cost,
        saving=line.saving,
        price_hash=hexadecimal(record.price_hash),
        transaction=hexadecimal(line.transaction_hash),
        corrections=line.corrections,
        correction_payment=line.correction_payment,
    )
