"""Serving the API from a thread of the node's own process."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

import uvicorn
from fastapi import FastAPI

_BACKLOG: Final = 256
_START_SECONDS: Final = 10
_STOP_SECONDS: Final = 5
_GRACE_SECONDS: Final = 1


class Listener:
    """A bound port, so that the API's address is known before the API is made."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Bind the port; 0 takes a free one.

        Raises:
            OSError: where the port is taken.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # asyncio switches Nagle's algorithm off only for sockets that name their protocol; with it
        # on, every answer would wait some 40 ms for the client's delayed acknowledgement.
        self.socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind((host, port))
            self.socket.listen(_BACKLOG)
        except OSError:
            self.socket.close()
            raise
        name = f"[{host}]" if family == socket.AF_INET6 else host
        self.url = f"http://{name}:{self.socket.getsockname()[1]}"

    def close(self) -> None:
        """Give the port back."""
        self.socket.close()


class Server:
    """Serves an application between ``__enter__`` and ``__exit__``.

    Attributes:
        url: address that clients reach it at.
    """

    def __init__(
        self,
        app: FastAPI,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        listener: Listener | None = None,
    ) -> None:
        """Bind the address, unless a listener brings it.

        Args:
            app: what ``create_app`` made.
            host: address to bind; only this machine by default.
            port: 0 takes a free one.
            listener: a port bound before, which the server then owns.
        """
        self._listener = listener or Listener(host, port)
        self.url = self._listener.url
        self._end_streams: Callable[[], None] = app.state.end_streams
        self._server = _Server(_configuration(app))
        self._thread = threading.Thread(target=self._run, name="wallet-api", daemon=True)

    def __enter__(self) -> Self:
        """Start serving.

        Raises:
            RuntimeError: where the server does not come up.
        """
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS) or not self._server.started:
            self._listener.close()
            raise RuntimeError(f"the API did not start at {self.url}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the requests under way, end the streams, give the port back."""
        self._server.should_exit = True
        self._end_streams()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        # uvicorn leaves by SystemExit where the application's start fails; its log says why.
        with contextlib.suppress(SystemExit):
            self._server.run(sockets=[self._listener.socket])
        self._server.ready.set()


class _Server(uvicorn.Server):
    """A server that says when it is ready instead of being asked again and again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def _configuration(app: FastAPI) -> uvicorn.Config:
    options: dict[str, Any] = {
        "access_log": False,
        "log_config": None,
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
        "ws": "none",
    }
    return uvicorn.Config(app, **options)
