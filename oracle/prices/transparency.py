"""The ENTSO-E Transparency Platform: day-ahead prices of a bidding zone, asked for over HTTPS.

Its interface is described in the platform's RESTful API guide: one GET request with a document type
(A44, prices), the zone, a period in UTC and the security token. It answers with a publication
document of whole delivery days, or with an acknowledgement that says why there is none. It takes
at most 400 requests a minute.

The interface wants the token in the query. It is therefore put there last, below the client whose
logs and errors show the URL: what they show does not have it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self
from urllib.request import getproxies, proxy_bypass

import httpx

from domain.errors import InvalidValueError
from oracle.prices.documents import MAX_DOCUMENT_BYTES
from oracle.prices.eic import require_eic
from oracle.prices.errors import AcknowledgementError, PriceServiceError
from oracle.prices.publication import acknowledged
from oracle.prices.token import SecurityToken

ADDRESS: Final = "https://web-api.tp.entsoe.eu/api"
WAITS: Final = (1.0, 4.0, 16.0)
"""Seconds before the second, third and last attempt; longer where the server asks for it."""

LONGEST_WAIT: Final = 60.0
"""Seconds that a server may ask for; where it wants more, no further attempt is made."""

_ENCRYPTED: Final = "https"
_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_LONGEST_ANSWER: Final = 120.0
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_REFUSED: Final = frozenset({401, 403})
_TOO_MANY: Final = 429
_HEADERS: Final = {"Accept": "application/xml", "Accept-Encoding": "identity"}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class _PassingError(Exception):
    """An attempt that failed for a reason that may pass."""

    def __init__(self, reason: str, status: int | None = None, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.status = status
        self.wait = wait


class _Authorised(httpx.BaseTransport):
    """Adds the security token to requests on their way out."""

    def __init__(self, inner: httpx.BaseTransport, token: SecurityToken) -> None:
        self._inner = inner
        self._token = token

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_add_param("securityToken", self._token.reveal())
        return self._inner.handle_request(
            httpx.Request(
                request.method, url, headers=request.headers, extensions=request.extensions
            )
        )

    def close(self) -> None:
        self._inner.close()


class TransparencyPlatform:
    """A client of the platform; ``with`` closes it."""

    def __init__(
        self,
        token: SecurityToken,
        *,
        address: str = ADDRESS,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare to ask.

        Args:
            token: who asks.
            address: of the interface; HTTPS, except on this machine.
            transport: how requests go out; by default over the network, by the proxy that the
                environment names for HTTPS.
            sleep: waits some seconds between attempts.

        Raises:
            InvalidValueError: where the address is none, or would send the token unencrypted.
        """
        self._url = _checked(address)
        self._token = token
        self._sleep = sleep
        sending = _Authorised(transport or _network(self._url), token)
        self._http = httpx.Client(transport=sending, timeout=_TIMEOUT, headers=_HEADERS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def day_ahead(self, zone: str, start: int, end: int) -> bytes:
        """Return the document of a zone's day-ahead prices.

        What may pass (no connection, too many requests, a fault of the server) is tried again after
        each of ``WAITS``.

        Args:
            zone: EIC of the bidding zone.
            start: first second, since 1970-01-01 UTC, on a whole minute.
            end: first second after, on a whole minute.

        Returns:
            An XML document; the platform answers with all delivery days that the period touches.

        Raises:
            AcknowledgementError: where the platform refuses the request with its reasons.
            PriceServiceError: where it cannot be reached or answers anything else.
            InvalidValueError: where the zone is none.
        """
        require_eic("zone", zone)
        query = {
            "documentType": "A44",
            "contract_MarketAgreement.type": "A01",
            "in_Domain": zone,
            "out_Domain": zone,
            "periodStart": _minute(start),
            "periodEnd": _minute(end),
        }
        url = self._url.copy_merge_params(query)
        waits = iter(WAITS)
        while True:
            try:
                return self._ask(url)
            except _PassingError as passing:
                wait = next(waits, None)
                if wait is None or passing.wait > LONGEST_WAIT:
                    raise PriceServiceError(str(passing), passing.status) from passing
                self._sleep(max(wait, passing.wait))

    def _ask(self, url: httpx.URL) -> bytes:
        try:
            with self._http.stream("GET", url) as response:
                content = self._token.removed_from(_bounded(response))
        except httpx.TransportError as error:
            said = f": {error}" if str(error) else ""
            reason = f"{url.host} could not be reached ({type(error).__name__}{said})"
            raise _PassingError(reason) from error
        return _accepted(response, content)


def _checked(address: str) -> httpx.URL:
    expected = "an https:// address without query and credentials"
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise InvalidValueError("address", expected, "no address") from error
    encrypted = url.scheme == _ENCRYPTED or (url.scheme == "http" and url.host in _LOOPBACK)
    if not encrypted or not url.host or url.userinfo or url.query or url.fragment:
        # Whatever else an address holds may be a secret.
        raise InvalidValueError("address", expected, f"{url.scheme}://{url.host}...")
    return url


def _network(url: httpx.URL) -> httpx.HTTPTransport:
    """Return a transport that passes by a proxy only what is encrypted end to end."""
    found = getproxies()
    proxy = found.get(_ENCRYPTED) or found.get("all")
    if proxy is None or url.scheme != _ENCRYPTED or proxy_bypass(url.host):
        return httpx.HTTPTransport()
    return httpx.HTTPTransport(proxy=proxy if "://" in proxy else f"http://{proxy}")


def _minute(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y%m%d%H%M}"


def _bounded(response: httpx.Response) -> bytes:
    """Read an answer as it comes, uncompressed, within its bounds of size and time."""
    encoding = response.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise PriceServiceError(f"an answer compressed by {encoding!r}, which was not asked for")
    deadline = time.monotonic() + _LONGEST_ANSWER
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > MAX_DOCUMENT_BYTES:
            reason = f"an answer of more than {MAX_DOCUMENT_BYTES} bytes"
            raise PriceServiceError(reason, response.status_code)
        if time.monotonic() > deadline:
            raise _PassingError(f"the answer took more than {_LONGEST_ANSWER:.0f} seconds")
    return bytes(content)


def _accepted(response: httpx.Response, content: bytes) -> bytes:
    status = response.status_code
    if status == httpx.codes.OK:
        return content
    host = response.url.host
    if status in _REFUSED:
        raise PriceServiceError(f"{host} refused the security token (HTTP {status})", status)
    if status == _TOO_MANY:
        raise _PassingError(f"{host} takes no more requests for now", status, _asked_wait(response))
    if status in _PASSING:
        raise _PassingError(f"{host} failed (HTTP {status})", status, _asked_wait(response))
    reasons = acknowledged(content)
    if reasons is not None:
        raise AcknowledgementError(host, reasons)
    raise PriceServiceError(f"{host} answered with HTTP {status}", status)


def _asked_wait(response: httpx.Response) -> float:
    """Return the seconds of ``Retry-After``, 0 where there is none or it is a date."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0
