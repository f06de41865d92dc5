"""A bound on the size of request bodies, declared or streamed."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wallet_api.problems.catalogue import BODY_TOO_LARGE
from wallet_api.problems.responses import make_problem, problem_response


class BodyLimit:
    """Answers 413 as soon as a body is known to be too large, without reading the rest."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > self._max_bytes:
            answer = problem_response(
                make_problem(BODY_TOO_LARGE, self._detail), {"Connection": "close"}
            )
            await answer(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    @property
    def _detail(self) -> str:
        return f"the body may have {self._max_bytes} bytes"

    def _counting(self, receive: Receive) -> Receive:
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._max_bytes:
                raise HTTPException(413, self._detail, {"Connection": "close"})
            return message

        return receive_within_limit
