"""Limits, headers, logs and errors that hold for every request."""

from __future__ import annotations

import json
import sys

import pytest
import structlog
from structlog.testing import capture_logs

from domain.errors import InvalidValueError
from wallet_api.limits import RateLimiter
from wallet_api.problems.errors import TooManyRequestsError
from wallet_api.settings import ApiSettings, RateLimit


def is_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert {"type", "title", "detail"} <= set(problem)
    return problem


def test_a_declared_body_that_is_too_large_is_refused(world):
    caller = world.signed_in(1)
    answer = caller.post("/v1/orders", content=b" " * 131_073)
    is_problem(answer, 413, "body-too-large")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_streamed_body_that_is_too_large_is_refused(world):
    caller = world.signed_in(1)

    async def endless():
        for _ in range(200):
            yield b" " * 1024

    headers = {"Content-Type": "application/json"}
    is_problem(caller.post("/v1/orders", content=endless(), headers=headers), 413, "body-too-large")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nul",
        b"\xff\xfe",
        b'{"orders": NaN}',
        b'{"orders": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 20_000,
        b"9" * 10_000,
    ],
    ids=["open", "word", "binary", "nan", "surrogate", "deep", "deep-object", "long-number"],
)
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/orders/batch", "/v1/sign-in"])
def test_unreadable_bodies_are_refused(world, path, body):
    caller = world.signed_in(1)
    # Libraries raise the limit, and Python's own parser would then overflow the stack.
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 100_000))
    try:
        headers = {"Content-Type": "application/json"}
        answer = caller.post(path, content=body, headers=headers)
    finally:
        sys.setrecursionlimit(limit)
    assert answer.status_code in (400, 422)
    is_problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7"])
def test_bodies_of_another_shape_are_refused(world, body):
    caller = world.signed_in(1)
    headers = {"Content-Type": "application/json"}
    is_problem(caller.post("/v1/orders", content=body, headers=headers), 422, "invalid-value")


def test_unknown_addresses_and_methods_are_problems(world):
    caller = world.caller()
    is_problem(caller.get("/v1/nothing"), 404, "not-found")
    answer = caller.request("PATCH", "/v1/orders")
    is_problem(answer, 405, "method-not-allowed")
    assert "allow" in answer.headers


def test_an_unexpected_error_tells_nothing_and_logs_no_secret(world, monkeypatch):
    caller = world.signed_in(1)
    token = caller.headers["Authorization"].removeprefix("Bearer ")

    def fail(*_):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(world.market, "orders", fail)
    with capture_logs() as logs:
        answer = caller.get("/v1/orders", headers={"X-Request-Id": "my-request-1"})
    problem = is_problem(answer, 500, "internal-error")
    assert "secret" not in json.dumps(problem)
    assert answer.headers["x-request-id"] == "my-request-1"
    assert any(entry["event"] == "request failed" for entry in logs)
    assert token not in repr(logs)


def test_logs_hold_no_tokens_signatures_or_queries(world):
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        caller = world.signed_in(1)
        caller.post("/v1/orders", json=world.order(1))
        caller.get("/v1/orders", params={"cursor": "c2VjcmV0"})
    token = caller.headers["Authorization"].removeprefix("Bearer ")
    text = repr(logs)
    for secret in (token, world.order(1)["signature"], world.order(1)["salt"], "c2VjcmV0"):
        assert secret not in text
    requests = [entry for entry in logs if entry["event"] == "request"]
    assert [entry["status"] for entry in requests] == [201, 201, 201, 422]
    assert len({entry["request_id"] for entry in requests}) == 4


@pytest.mark.parametrize("sent", ["short", "x" * 65, "line\tbreak-and-more", ""])
def test_request_ids_that_are_not_sound_are_replaced(world, sent):
    answer = world.caller().get("/healthz", headers={"X-Request-Id": sent})
    assert answer.headers["x-request-id"] != sent
    assert len(answer.headers["x-request-id"]) == 16


def test_security_headers_are_on_every_response(world):
    caller = world.caller(world.app(uri="https://market.test"))
    for path in ("/healthz", "/v1/me", "/docs", "/nothing"):
        headers = caller.get(path, headers={"Origin": "http://evil.test"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "max-age" in headers["strict-transport-security"]
        assert not any(name.startswith("access-control") for name in headers)
    assert caller.get("/v1/me").headers["cache-control"] == "no-store"


def test_sign_in_is_limited_by_address(world):
    caller = world.caller(world.app(sign_in_rate=RateLimit(burst=3, per_second=0.001)))
    for _ in range(3):
        assert caller.post("/v1/sign-in/nonce").status_code == 201
    answer = caller.post("/v1/sign-in/nonce")
    is_problem(answer, 429, "too-many-requests")
    assert int(answer.headers["retry-after"]) > 0


def test_orders_are_limited_by_account(world):
    app = world.app(order_rate=RateLimit(burst=2, per_second=0.001))
    first, second = world.signed_in(1, app=app), world.signed_in(2, app=app)
    pair = {"orders": [world.order(1, salt=1), world.order(1, salt=2)]}
    assert first.post("/v1/orders/batch", json=pair).status_code == 200
    is_problem(first.post("/v1/orders", json=world.order(1)), 429, "too-many-requests")
    assert second.post("/v1/orders", json=world.order(2)).status_code == 201


def test_a_bucket_refills_with_time():
    now = [0.0]
    limiter = RateLimiter(RateLimit(burst=2, per_second=0.5), lambda: now[0])
    limiter.take("a")
    limiter.take("a")
    with pytest.raises(TooManyRequestsError) as error:
        limiter.take("a")
    assert error.value.wait == 2
    limiter.take("b", 2)
    now[0] = 2.0
    limiter.take("a")
    with pytest.raises(TooManyRequestsError):
        limiter.take("a")


def test_the_number_of_buckets_is_bounded(monkeypatch):
    monkeypatch.setattr("wallet_api.limits._MAX_CLIENTS", 3)
    limiter = RateLimiter(RateLimit(burst=1, per_second=0.001), lambda: 0.0)
    for client in ("a", "b", "c", "d"):
        limiter.take(client)
    limiter.take("a")
    with pytest.raises(TooManyRequestsError):
        limiter.take("d")


def test_every_kind_of_problem_has_its_page(world):
    caller = world.caller()
    kinds = caller.get("/problems").json()
    assert len(kinds) > 10
    for kind in kinds:
        assert caller.get(f"/problems/{kind['code']}").json() == kind
    is_problem(caller.get("/problems/unheard-of"), 404, "not-found")


def test_the_docs_page_loads_nothing_from_elsewhere(world):
    caller = world.caller()
    page = caller.get("/docs")
    assert page.status_code == 200
    assert "//" not in page.text.replace("<!doctype", "")
    for asset in ("page.js", "assets/swagger-ui-bundle.js", "assets/swagger-ui.css"):
        answer = caller.get(f"/docs/{asset}")
        assert answer.status_code == 200
        assert answer.content
    assert caller.get("/docs/assets/__init__.py").status_code == 404
    assert caller.get("/").headers["location"] == "docs"


def test_settings_come_from_the_public_address():
    settings = ApiSettings.at("https://market.example:8443/")
    assert (settings.domain, settings.uri) == ("market.example:8443", "https://market.example:8443")
    with pytest.raises(InvalidValueError, match="uri"):
        ApiSettings.at("market.example")


def test_health_says_the_markets_time(world):
    answer = world.caller().get("/healthz")
    assert answer.json() == {"status": "ok", "now": world.clock.now()}
