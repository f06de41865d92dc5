"""Reading one's trades."""

from __future__ import annotations

from fastapi import APIRouter

from domain.order import Side
from market.book import Trade
from wallet_api.cursors import read_digest_position
from wallet_api.dependencies import StateDep, SubjectDep
from wallet_api.fields import hexadecimal
from wallet_api.paging import CursorQuery, LimitQuery, Page, SpanQuery, make_page
from wallet_api.problems.catalogue import INVALID_VALUE, SIGN_IN_REQUIRED
from wallet_api.problems.responses import declared
from wallet_api.trades.schemas import TradeOut

router = APIRouter(prefix="/trades", tags=["Trades"])


@router.get("", summary="Your trades", responses=declared(SIGN_IN_REQUIRED, INVALID_VALUE))
def list_trades(
    state: StateDep,
    subject: SubjectDep,
    span: SpanQuery,
    limit: LimitQuery = 100,
    cursor: CursorQuery = None,
) -> Page[TradeOut]:
    """Return what your orders traded in a span of time, earliest first."""
    rows = state.services.market.trades(
        subject.account, span.first, span.last, read_digest_position(cursor), limit + 1
    )
    return make_page(
        rows, limit, show_trade, lambda row: [row.interval.start, row.fill.digest.hex()]
    )


def show_trade(trade: Trade) -> TradeOut:
    """Show a trade."""
    fill = trade.fill
    return TradeOut(
        community=trade.interval.community,
        interval_start=trade.interval.start,
        duration_s=trade.interval.duration,
        digest=hexadecimal(fill.digest),
        side=(Side.BID if fill.bought else Side.OFFER).label,
        quantity_wh=fill.bought or fill.sold,
        payment=fill.payment,
    )
