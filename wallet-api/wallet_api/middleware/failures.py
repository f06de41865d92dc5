"""The last catch: an error that nobody expected becomes a problem document and a log entry."""

from __future__ import annotations

import traceback

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wallet_api.problems.catalogue import INTERNAL_ERROR
from wallet_api.problems.responses import make_problem, problem_response

log = structlog.get_logger("wallet_api.failures")


class Failures:
    """Answers 500 without telling the client anything about the inside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            # As text: renderers that show local variables would show tokens and orders.
            trace = traceback.format_exc()
            log.error(  # noqa: TRY400
                "request failed", method=scope["method"], path=scope["path"], trace=trace
            )
            detail = "an unexpected error; it has been logged"
            problem = make_problem(INTERNAL_ERROR, detail)
            await problem_response(problem)(scope, receive, send)
