"""Making problem documents, and declaring them in OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from domain.errors import InvalidValueError, RefusedError
from wallet_api.problems.catalogue import INVALID_VALUE, KINDS, REFUSED, Kind
from wallet_api.problems.schemas import FieldProblem, Problem, printable

MEDIA_TYPE: Final = "application/problem+json"


def make_problem(
    kind: Kind, detail: str, code: str | None = None, fields: Sequence[FieldProblem] = ()
) -> Problem:
    """Make a problem document.

    Args:
        kind: which kind of problem.
        detail: sentence for people about this occurrence.
        code: a name more exact than the kind's.
        fields: the fields that were not accepted, the first one foremost.
    """
    first = fields[0] if fields else None
    return Problem(
        type=f"/problems/{kind.code}",
        title=kind.title,
        status=int(kind.status),
        detail=detail,
        code=code or kind.code,
        field=first.field if first else None,
        expected=first.expected if first else None,
        got=first.got if first else None,
        errors=list(fields) or None,
    )


def refusal_problem(error: InvalidValueError | RefusedError) -> Problem:
    """Make the problem document of a request that the market does not accept."""
    if isinstance(error, RefusedError):
        return make_problem(KINDS.get(error.code, REFUSED), error.reason, error.code)
    field = FieldProblem(field=error.field, expected=error.expected, got=printable(error.got))
    return make_problem(INVALID_VALUE, f"{error.field}: expected {error.expected}", fields=[field])


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Write a problem document."""
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, problem.status, headers, MEDIA_TYPE)


def declared(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Declare kinds of problems as OpenAPI responses of an operation."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status = int(kind.status)
        before = responses[status]["description"] + "; " if status in responses else ""
        responses[status] = {
            "description": f"{before}{kind.title} (`{kind.code}`)",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return responses
