"""Reading JSON bodies with a parser that bounds their depth.

``py_ecc``, which eth-account loads, raises Python's recursion limit to 100,000. From then on
``json.loads`` follows a deeply nested body until the stack overflows, which ends the process.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json


class _BoundedRequest(Request):
    async def json(self) -> Any:
        return from_json(await self.body(), allow_inf_nan=False)


class BoundedBodyRoute(APIRoute):
    """A route whose body may be nested no deeper than pydantic's own parser goes (200 levels).

    Text that is no JSON, holds ``NaN`` or half a surrogate pair is refused like any other
    malformed body.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the usual handler behind a request that reads its body so."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(_BoundedRequest(request.scope, request.receive))

        return handle
