"""The problem document as clients see it."""

from __future__ import annotations

import math
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

_EXACT: Final = 2**53
"""Below this, every JSON reader keeps an integer exact."""

Scalar = str | int | float | bool | None


class FieldProblem(BaseModel):
    """A field that holds something that it may not hold."""

    field: str = Field(description="Name of the field, with its place.", examples=["quantity_wh"])
    expected: str = Field(
        description="What would have been accepted.", examples=["greater than or equal to 1"]
    )
    got: Scalar = Field(
        default=None, description="What came, shortened where it is long.", examples=[0]
    )


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "/problems/gate-closed",
                "title": "The gate has closed",
                "status": 409,
                "detail": "the gate of 1@2025-04-01T10:00Z+900s closed at 2025-04-01T09:45:00Z",
                "code": "gate-closed",
            }
        }
    )

    type: str = Field(description="Address of the page about this kind of problem.")
    title: str = Field(description="Short name of the kind, the same at every occurrence.")
    status: int = Field(description="The HTTP status, repeated.")
    detail: str = Field(description="Sentence for people about this occurrence.")
    code: str = Field(description="Stable name of the rule, for programs.")
    field: str | None = Field(default=None, description="First field that was not accepted.")
    expected: str | None = Field(default=None, description="What it would have accepted.")
    got: Scalar = Field(default=None, description="What it got.")
    errors: list[FieldProblem] | None = Field(
        default=None, description="All fields that were not accepted."
    )


class ProblemKind(BaseModel):
    """A kind of problem."""

    code: str = Field(description="Stable name, for programs.", examples=["gate-closed"])
    status: int = Field(description="HTTP status that it is answered with.", examples=[409])
    title: str = Field(description="Short name.", examples=["The gate has closed"])
    meaning: str = Field(description="What a client can do about it.")


def printable(value: Any, limit: int = 100) -> Scalar:
    """Return what a client sent in a form that is safe to send back as JSON.

    Args:
        value: anything.
        limit: longest text, in characters.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and abs(value) < _EXACT:
        return int(value)
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= limit else text[:limit] + "..."
