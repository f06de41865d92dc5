"""A participant's wallet: holds the key, speaks to the API, believes only what it can check."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from domain.errors import RefusedError
from domain.interval import Interval
from domain.order import Order, Side
from domain.units import Account, MillicentPerKilowattHour, WattHours
from identity.keys import EvmKey, recover
from identity.sign_in import SignInMessage
from identity.typed_data import TypedDomain, market_domain, order_digest, receipt_digest

_PAGE: Final = 1_000
_CONNECT_SECONDS: Final = 30.0
_TIMEOUT: Final = httpx.Timeout(_CONNECT_SECONDS)


class ApiRefusedError(RefusedError):
    """The API answered with a problem; ``code`` is the problem's."""

    def __init__(self, response: httpx.Response) -> None:
        problem = response.json() if "json" in response.headers.get("content-type", "") else {}
        code = str(problem.get("code", response.status_code))
        reason = str(problem.get("detail", response.text[:200]))
        super().__init__(code, f"{response.request.method} {response.request.url.path}: {reason}")


class ReceiptForgedError(RefusedError):
    """A receipt that the operator's key did not sign, or for another order."""

    def __init__(self, digest: str) -> None:
        super().__init__("receipt-forged", f"the receipt of order {digest} is not the operator's")


@dataclass(frozen=True, slots=True)
class _Terms:
    """What the API says of its community, as far as orders need it."""

    domain: TypedDomain
    operator: str


class Wallet:
    """One participant's client of the wallet API, with a connection that is kept open.

    Attributes:
        key: signs in and signs orders.
        placed: digests of the orders that were placed and receipted.
    """

    def __init__(self, url: str, key: EvmKey) -> None:
        self.key = key
        self.placed: list[bytes] = []
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT)
        self._terms: _Terms | None = None
        self._account: Account | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. The session stays valid until it expires."""
        self._http.close()

    @property
    def token(self) -> str:
        """The session's bearer token."""
        return self._http.headers["authorization"].removeprefix("Bearer ")

    def sign_in(self) -> Account:
        """Sign in with the key (EIP-4361) and learn the community's terms.

        Returns:
            The account that the registry knows the key by.
        """
        asked = self._post("/v1/sign-in/nonce")
        message = SignInMessage(
            domain=asked["domain"],
            address=self.key.address,
            uri=asked["uri"],
            chain_id=asked["chain_id"],
            nonce=asked["nonce"],
            issued_at=asked["issued_at"],
            statement=asked["statement"],
            expiration_time=asked["expiration_time"],
        )
        signature = self.key.sign(message.digest)
        answer = {"message": message.to_text(), "signature": "0x" + signature.hex()}
        session = self._post("/v1/sign-in", answer)
        self._http.headers["authorization"] = f"Bearer {session['token']}"
        self._terms = self._read_terms()
        self._account = Account(session["account"])
        return self._account

    def place(
        self,
        interval: Interval,
        side: Side,
        quantity: WattHours,
        price: MillicentPerKilowattHour,
    ) -> bytes:
        """Sign an order, place it, and check the receipt.

        Returns:
            The order's digest, 32 bytes.

        Raises:
            ApiRefusedError: where the API does not accept it.
            ReceiptForgedError: where the receipt is not the operator's for this order.
        """
        if self._terms is None or self._account is None:
            raise RefusedError("not-signed-in", "sign in before placing orders")
        order = Order(interval, self._account, side, quantity, price, secrets.randbits(128))
        digest = order_digest(self._terms.domain, order)
        receipt = self._post("/v1/orders", _order_body(order, self.key.sign(digest)))
        _check_receipt(self._terms, digest, receipt)
        self.placed.append(digest)
        return digest

    def get(self, path: str, **query: int) -> dict[str, Any]:
        """Read one resource."""
        return _json(self._http.get(path, params=query))

    def all(self, path: str, first: int, last: int) -> Iterator[dict[str, Any]]:
        """Read every item of a list over ``[first, last)``, page by page."""
        query: dict[str, Any] = {"from": first, "to": last, "limit": _PAGE}
        while True:
            page = _json(self._http.get(path, params=query))
            yield from page["items"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def _read_terms(self) -> _Terms:
        community = self.get("/v1/community")
        contract = community["contracts"]["market"]
        return _Terms(market_domain(community["chain_id"], contract), community["operator"])

    def _post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return _json(self._http.post(path, json=body))


class PriceListener:
    """Follows the price stream in a thread of its own until it has heard what it waits for."""

    def __init__(self, url: str, token: str, expected: int) -> None:
        """Prepare to listen.

        Args:
            url: the API.
            token: a session's bearer token.
            expected: number of prices after which to leave.
        """
        self.heard: list[dict[str, Any]] = []
        self._url = f"{url}/v1/prices/stream"
        self._headers = {"authorization": f"Bearer {token}"}
        self._expected = expected
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="price-listener", daemon=True)

    def start(self) -> None:
        """Connect.

        Raises:
            RefusedError: where the stream does not open.
        """
        self._thread.start()
        if not self._connected.wait(_CONNECT_SECONDS):
            raise RefusedError("no-price-stream", f"{self._url} does not answer")

    def finish(self) -> None:
        """Wait for the last price.

        Raises:
            RefusedError: where fewer came than expected.
        """
        self._thread.join(_CONNECT_SECONDS)
        if len(self.heard) != self._expected:
            raise RefusedError(
                "prices-missed", f"{len(self.heard)} of {self._expected} prices were broadcast"
            )

    def _listen(self) -> None:
        timeout = httpx.Timeout(_CONNECT_SECONDS, read=None)
        # A stream that breaks shows in the number of prices heard.
        with (
            suppress(httpx.TransportError),
            httpx.stream("GET", self._url, headers=self._headers, timeout=timeout) as response,
        ):
            self._connected.set()
            self._follow(response)

    def _follow(self, response: httpx.Response) -> None:
        for line in response.iter_lines():
            if line.startswith("data:"):
                self.heard.append(json.loads(line.removeprefix("data:")))
            if len(self.heard) == self._expected:
                return


def _order_body(order: Order, signature: bytes) -> dict[str, Any]:
    return {
        "community": order.interval.community,
        "interval_start": order.interval.start,
        "duration_s": order.interval.duration,
        "side": order.side.label,
        "quantity_wh": order.quantity,
        "price": order.price,
        "salt": f"0x{order.salt:032x}",
        "signature": "0x" + signature.hex(),
    }


def _check_receipt(terms: _Terms, digest: bytes, receipt: dict[str, Any]) -> None:
    promised = receipt_digest(terms.domain, digest, receipt["received_at"])
    signer = recover(promised, bytes.fromhex(receipt["receipt"].removeprefix("0x")))
    if receipt["digest"] != "0x" + digest.hex() or signer.lower() != terms.operator.lower():
        raise ReceiptForgedError(receipt["digest"])


def _json(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        raise ApiRefusedError(response)
    answer: dict[str, Any] = response.json()
    return answer
