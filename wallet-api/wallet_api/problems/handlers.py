"""Turning every error that leaves an endpoint into a problem document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from domain.errors import InvalidValueError, RefusedError
from wallet_api.problems.catalogue import (
    BODY_TOO_LARGE,
    INVALID_VALUE,
    MALFORMED_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
)
from wallet_api.problems.errors import ApiError
from wallet_api.problems.responses import make_problem, problem_response, refusal_problem
from wallet_api.problems.schemas import FieldProblem, printable

_MAX_FIELDS: Final = 20
_BY_STATUS: Final = {
    int(kind.status): kind for kind in (NOT_FOUND, METHOD_NOT_ALLOWED, BODY_TOO_LARGE)
}


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem document."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(InvalidValueError, _refusal)
    app.add_exception_handler(RefusedError, _refusal)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)


def _api_error(_: Request, error: Exception) -> Response:
    failure = cast("ApiError", error)
    problem = make_problem(failure.kind, failure.detail, failure.code)
    return problem_response(problem, failure.headers)


def _refusal(_: Request, error: Exception) -> Response:
    return problem_response(refusal_problem(cast("InvalidValueError | RefusedError", error)))


def _validation_error(_: Request, error: Exception) -> Response:
    found = cast("RequestValidationError", error).errors()
    if found[0]["type"] == "json_invalid":
        return problem_response(make_problem(MALFORMED_REQUEST, "the body is not well-formed JSON"))
    fields = [_field_problem(each) for each in found[:_MAX_FIELDS]]
    detail = f"{fields[0].field}: expected {fields[0].expected}"
    return problem_response(make_problem(INVALID_VALUE, detail, fields=fields))


def _field_problem(found: dict[str, Any]) -> FieldProblem:
    missing = found["type"] == "missing"
    return FieldProblem(
        field=_place(found["loc"]),
        expected="a value" if missing else _expected(found["msg"]),
        got=None if missing else printable(found.get("input")),
    )


def _place(location: Sequence[int | str]) -> str:
    """Write pydantic's location: ``orders[2].price``, ``query: limit``, ``header: x``."""
    source, *path = location
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    if source == "body":
        return text or "body"
    return f"{source}: {text}"


def _expected(message: str) -> str:
    for opening in ("Input should be ", "Value error, ", "String should "):
        message = message.removeprefix(opening)
    return message


def _http_error(_: Request, error: Exception) -> Response:
    failure = cast("HTTPException", error)
    kind = _BY_STATUS.get(failure.status_code, MALFORMED_REQUEST)
    return problem_response(make_problem(kind, str(failure.detail)), failure.headers)
