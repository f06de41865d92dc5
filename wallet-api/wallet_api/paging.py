"""Spans of time and pages of lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from domain.errors import InvalidValueError
from wallet_api.cursors import write_cursor
from wallet_api.dependencies import StateDep
from wallet_api.fields import MAX_START

DAY: Final = 86_400
MAX_SPAN: Final = 32 * DAY
MAX_PAGE: Final = 1_000

Item = TypeVar("Item")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Span:
    """Intervals that start in ``[first, last)``, in UTC seconds."""

    first: int
    last: int


async def span(
    state: StateDep,
    first: Annotated[
        int | None,
        Query(
            alias="from",
            ge=0,
            le=MAX_START,
            description="First UTC second of the span; by default two days before `to`.",
            examples=[1743458400],
        ),
    ] = None,
    last: Annotated[
        int | None,
        Query(
            alias="to",
            ge=0,
            le=MAX_START,
            description="UTC second after the span; by default a day after `from`, or a "
            "day from now on. At most 32 days after `from`.",
            examples=[1743544800],
        ),
    ] = None,
) -> Span:
    """Read the span of a query.

    Raises:
        InvalidValueError: where it ends before it begins, or is longer than 32 days.
    """
    if last is None:
        last = first + DAY if first is not None else state.services.clock.now() + DAY
    if first is None:
        first = max(0, last - 2 * DAY)
    if not first <= last <= first + MAX_SPAN:
        raise InvalidValueError("query: to", f"{first} to {first + MAX_SPAN}, 32 days", last)
    return Span(first, last)


SpanQuery = Annotated[Span, Depends(span)]
LimitQuery = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most items of a page.")]
CursorQuery = Annotated[
    str | None, Query(max_length=200, description="`next` of the page before this one.")
]


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item] = Field(description="In the list's order.")
    next: str | None = Field(
        description="Hand it back as `cursor` for the next page; null on the last."
    )


def make_page(
    rows: Sequence[Row],
    limit: int,
    item: Callable[[Row], Item],
    position: Callable[[Row], list[int | str]],
) -> Page[Item]:
    """Make a page of the first ``limit`` rows; further rows only tell that there are more.

    Args:
        rows: at least ``limit + 1`` of them where there are as many.
        limit: most items of the page.
        item: shows a row.
        position: a row's sort key.
    """
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        items=[item(row) for row in shown],
        next=write_cursor(position(shown[-1])) if more else None,
    )
