"""JSON-RPC over HTTP with kept connections, for any number of threads."""

from __future__ import annotations

import itertools
import json
import weakref
from collections import deque
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from chain.failures import ChainUnavailableError, RpcError
from domain.errors import InvalidValueError
from identity.canonical import parse_json

_TIMEOUT_SECONDS: Final = 60.0
_HEADERS: Final = {"Content-Type": "application/json"}


class JsonRpc:
    """One node's JSON-RPC door.

    Connections are kept open and shared among threads, each used by one thread at a time. They
    are closed by ``close``, or when the object is no longer referred to.
    """

    def __init__(self, url: str, *, timeout: float = _TIMEOUT_SECONDS) -> None:
        """Prepare connections; none is opened yet.

        Args:
            url: ``http://HOST:PORT[/PATH]`` or the same with ``https``.
            timeout: seconds to wait for an answer.

        Raises:
            InvalidValueError: where the URL is none.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidValueError("url", "http://HOST:PORT or https://HOST:PORT", url)
        self.url = url
        self._host = parts.netloc.rpartition("@")[2]
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._connection_type = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._timeout = timeout
        self._ids = itertools.count(1)
        self._idle: deque[HTTPConnection] = deque()
        self._close_idle = weakref.finalize(self, _close_all, self._idle)

    def request(self, method: str, *params: Any) -> Any:
        """Call a method and return its result.

        Raises:
            RpcError: where the node answers with an error.
            ChainUnavailableError: where it does not answer, or with something else than JSON-RPC.
        """
        body = json.dumps(
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        ).encode()
        answer = self._parse(method, self._post(method, body))
        if answer.get("error") is not None:
            raise RpcError.of_answer(method, answer["error"])
        return answer.get("result")

    def close(self) -> None:
        """Close the idle connections. A later request opens a new one."""
        _close_all(self._idle)

    def _post(self, method: str, body: bytes) -> bytes:
        # An idle connection may have been closed by the node meanwhile: then, and only then, a
        # request is repeated, on a new connection. All requests made here may be repeated safely.
        while True:
            connection, was_idle = self._take()
            try:
                connection.request("POST", self._target, body, _HEADERS)
                content = connection.getresponse().read()
            except (OSError, HTTPException) as error:
                connection.close()
                if was_idle and not isinstance(error, TimeoutError):
                    continue
                raise ChainUnavailableError(self.url, f"{method}: {error!r}") from error
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            return content

    def _take(self) -> tuple[HTTPConnection, bool]:
        try:
            return self._idle.pop(), True
        except IndexError:
            return self._connection_type(self._host, timeout=self._timeout), False

    def _parse(self, method: str, content: bytes) -> dict[str, Any]:
        try:
            answer = parse_json(content, method)
        except InvalidValueError as error:
            raise ChainUnavailableError(
                self.url, f"{method}: not JSON: {content[:80]!r}"
            ) from error
        if not isinstance(answer, dict):
            raise ChainUnavailableError(self.url, f"{method}: not JSON-RPC: {content[:80]!r}")
        return answer


def _close_all(connections: deque[HTTPConnection]) -> None:
    while connections:
        connections.pop().close()
