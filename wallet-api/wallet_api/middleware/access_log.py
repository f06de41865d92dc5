"""A request id for every request, and one line of log about it.

The line holds no query, no header and no body, so that neither tokens nor what a participant asked
for can end up in a log.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HEADER: Final = "X-Request-Id"

log = structlog.get_logger("wallet_api.access")


class AccessLog:
    """Gives the response ``X-Request-Id`` (the client's own where it sent a sound one)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        status = 0
        began = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_id)
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round((time.perf_counter() - began) * 1000, 2),
            )


def _request_id(headers: Headers) -> str:
    sent = headers.get(_HEADER, "")
    return sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)
