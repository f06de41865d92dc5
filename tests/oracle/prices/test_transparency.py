"""The client of the Transparency Platform: what it asks, what it repeats, and what it never tells.

The servers are on this machine, or a transport in memory; nothing goes out.
"""

from __future__ import annotations

import logging
import traceback
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from domain.errors import InvalidValueError
from oracle.prices import transparency
from oracle.prices.documents import MAX_DOCUMENT_BYTES
from oracle.prices.errors import AcknowledgementError, PriceServiceError
from oracle.prices.token import SecurityToken
from oracle.prices.transparency import ADDRESS, LONGEST_WAIT, WAITS, TransparencyPlatform

SECRET = "0f3c2b6e-5f0a-4c1d-9a87-6c1f4be0d2a1"
ZONE = "10Y1001A1001A74G"
START = int(datetime.fromisoformat("2025-03-31T22:00Z").timestamp())
END = START + 86_400


def ask(transport=None, *, address=ADDRESS, sleep=lambda seconds: None, zone=ZONE):
    with TransparencyPlatform(
        SecurityToken(SECRET), address=address, transport=transport, sleep=sleep
    ) as platform:
        return platform.day_ahead(zone, START, END)


def answering(*answers):
    """Answer in turn; what is an exception is raised. The requests are in ``seen``."""
    left = list(answers)
    seen = []

    def answer(request):
        seen.append(request)
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    transport = httpx.MockTransport(answer)
    transport.seen = seen
    return transport


def test_it_asks_for_the_day_ahead_prices_of_the_zone_in_utc(price_server, answer, document):
    content = document("hours-fixed-blocks.xml")
    price_server.answers = [answer(200, content, {"Content-Type": "text/xml"})]
    assert ask(address=price_server.address) == content
    (target,) = price_server.targets
    assert urlsplit(target).path == "/api"
    assert parse_qs(urlsplit(target).query, strict_parsing=True) == {
        "documentType": ["A44"],
        "contract_MarketAgreement.type": ["A01"],
        "in_Domain": [ZONE],
        "out_Domain": [ZONE],
        "periodStart": ["202503312200"],
        "periodEnd": ["202504012200"],
        "securityToken": [SECRET],
    }
    assert price_server.headers[0]["Accept-Encoding"] == "identity"


def test_the_token_goes_out_and_shows_nowhere(price_server, answer, caplog):
    caplog.set_level(logging.DEBUG)
    echo = f"<html>token {SECRET} is unknown</html>".encode()
    outcomes = [(200, echo), (401, echo), (400, echo), (418, echo), (503, echo), (302, echo)]
    for status, content in outcomes:
        price_server.answers = [answer(status, content, {"Location": "/elsewhere"})]
        if status == 200:
            assert ask(address=price_server.address) == b"<html>token *** is unknown</html>"
            continue
        with pytest.raises(PriceServiceError) as caught:
            ask(address=price_server.address)
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        assert caught.value.status == status
    assert all(SECRET in target for target in price_server.targets)
    assert len(price_server.targets) == len(outcomes) + len(WAITS)
    assert "HTTP Request: GET http://127.0.0.1" in caplog.text
    assert "receive_response_headers" in caplog.text
    assert SECRET not in caplog.text


def test_the_token_shows_in_no_error_of_the_connection(caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(PriceServiceError, match=r"127\.0\.0\.1 could not be reached") as caught:
        ask(address="http://127.0.0.1:9/api")
    error = caught.value
    assert error.status is None
    while error is not None:
        assert SECRET not in repr(error)
        assert SECRET not in repr(getattr(error, "request", ""))
        assert SECRET not in str(getattr(getattr(error, "request", None), "url", ""))
        error = error.__cause__
    assert SECRET not in caplog.text


@pytest.mark.parametrize("variable", ["https_proxy", "all_proxy"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_learns_the_host_and_not_the_token(
    price_server, monkeypatch, caplog, variable, scheme
):
    caplog.set_level(logging.DEBUG)
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    proxy = price_server.address.removesuffix("/api").removeprefix("http://")
    monkeypatch.setenv(variable, scheme + proxy)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(PriceServiceError, match=r"could not be reached \(ProxyError: 403"):
        ask()
    assert price_server.targets == ["web-api.tp.entsoe.eu:443"] * (len(WAITS) + 1)
    assert SECRET not in f"{price_server.headers}{caplog.text}"


def test_a_host_may_be_exempt_from_the_proxy(price_server, monkeypatch):
    monkeypatch.setenv("https_proxy", price_server.address.removesuffix("/api"))
    monkeypatch.setenv("no_proxy", "localhost")
    with pytest.raises(PriceServiceError, match="localhost could not be reached"):
        ask(address="https://localhost:9/api")
    assert price_server.targets == []


def test_what_is_not_encrypted_passes_by_no_proxy(price_server, answer, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    price_server.answers = [answer(200, b"<a/>")]
    assert ask(address=price_server.address) == b"<a/>"


def test_an_acknowledgement_of_a_bad_request_gives_its_reasons(document):
    transport = answering(httpx.Response(400, content=document("acknowledgement.xml")))
    with pytest.raises(AcknowledgementError, match="999 No matching data found"):
        ask(transport)
    assert len(transport.seen) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "refused the security token"),
        (403, "refused the security token"),
        (400, "answered with HTTP 400"),
        (404, "answered with HTTP 404"),
        (302, "answered with HTTP 302"),
    ],
)
def test_what_will_not_pass_is_asked_once(status, said):
    transport = answering(httpx.Response(status, content=b"<html/>"))
    with pytest.raises(PriceServiceError, match=said) as caught:
        ask(transport)
    assert (len(transport.seen), caught.value.status) == (1, status)


@pytest.mark.parametrize(
    "passing",
    [
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503, content=b"<a>"),
        httpx.Response(504),
        httpx.ConnectError("no route"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
    ],
    ids=lambda passing: getattr(passing, "status_code", type(passing).__name__),
)
def test_what_may_pass_is_tried_again_with_growing_waits(passing):
    waited = []
    transport = answering(passing, passing, httpx.Response(200, content=b"<a/>"))
    assert ask(transport, sleep=waited.append) == b"<a/>"
    assert waited == list(WAITS[:2])
    transport = answering(*[passing] * 9)
    waited.clear()
    with pytest.raises(PriceServiceError):
        ask(transport, sleep=waited.append)
    assert waited == list(WAITS)
    assert len(transport.seen) == len(WAITS) + 1


def test_it_waits_as_long_as_it_is_asked_to_within_bounds():
    def busy(wait):
        return httpx.Response(429, headers={"Retry-After": wait})

    waited = []
    fine = httpx.Response(200, content=b"<a/>")
    ask(answering(busy("30"), busy("Wed, 01 Apr 2026 10:00:00 GMT"), fine), sleep=waited.append)
    assert waited == [30.0, WAITS[1]]
    transport = answering(busy(str(int(LONGEST_WAIT) + 1)))
    with pytest.raises(PriceServiceError, match="takes no more requests for now") as caught:
        ask(transport, sleep=waited.append)
    assert (len(waited), caught.value.status) == (2, 429)


def test_an_answer_is_bounded_in_size():
    large = httpx.Response(200, content=b" " * (MAX_DOCUMENT_BYTES + 1))
    with pytest.raises(PriceServiceError, match=f"more than {MAX_DOCUMENT_BYTES} bytes"):
        ask(answering(large))


def test_an_answer_is_bounded_in_time(monkeypatch):
    clock = iter(range(0, 10_000, 100))
    monkeypatch.setattr(transparency.time, "monotonic", lambda: next(clock))

    def dripping():
        while True:
            yield b" "

    slow = [httpx.Response(200, content=dripping()) for _ in range(len(WAITS) + 1)]
    with pytest.raises(PriceServiceError, match="took more than 120 seconds"):
        ask(answering(*slow))


def test_an_answer_that_is_compressed_unasked_is_refused():
    packed = httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"x")
    )
    with pytest.raises(PriceServiceError, match="compressed by 'gzip'"):
        ask(answering(packed))


@pytest.mark.parametrize(
    "address",
    [
        "http://web-api.tp.entsoe.eu/api",
        "ftp://127.0.0.1/api",
        "web-api.tp.entsoe.eu/api",
        "https://",
        "https://user:pass@host/api",
        "http://user:pass@host/api",
        "https://user:pass@[host/api",
        "https://host/api?securityToken=1",
        "https://host/api#x",
        "https://[::1/api",
    ],
)
def test_the_token_goes_to_no_other_kind_of_address(address):
    with pytest.raises(InvalidValueError, match="address: expected an https:// address") as caught:
        TransparencyPlatform(SecurityToken(SECRET), address=address)
    assert "pass" not in str(caught.value)


def test_a_misspelt_zone_is_not_asked_for():
    transport = answering()
    with pytest.raises(InvalidValueError, match="zone: expected an EIC"):
        ask(transport, zone="10Y1001A1001A74H")
    assert transport.seen == []
