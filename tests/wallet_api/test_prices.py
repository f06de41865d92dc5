"""Prices, past and news, over a real server."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import httpx
import pytest

from wallet_api.cursors import write_cursor
from wallet_api.prices.broadcast import PriceBroadcast
from wallet_api.server import Listener, Server

MIDNIGHT = 1743465600
DAY = {"from": MIDNIGHT, "to": MIDNIGHT + 86_400}


def test_recorded_prices_are_shown_and_paged(world):
    world.market.records = [world.record(n, None if n == 3 else 14_000 + n) for n in range(7)]
    caller = world.signed_in(1)
    first = caller.get("/v1/prices", params=DAY | {"limit": 4}).json()
    rest = caller.get("/v1/prices", params=DAY | {"limit": 4, "cursor": first["next"]}).json()
    items = first["items"] + rest["items"]
    assert [i["lem"] for i in items] == [14_000, 14_001, 14_002, None, 14_004, 14_005, 14_006]
    assert [i["status"] for i in items][2:5] == ["cleared", "no-trade", "cleared"]
    assert rest["next"] is None
    assert items[1] == {
        "community": 1,
        "interval_start": MIDNIGHT + 900,
        "duration_s": 900,
        "status": "cleared",
        "feed_in": 8_000,
        "lem": 14_001,
        "retail": 30_000,
        "volume_wh": 5_000,
        "price_hash": "0x" + (1).to_bytes(32, "big").hex(),
    }


def test_a_cursor_beyond_all_time_is_refused_or_finds_nothing(world):
    caller = world.signed_in(1)
    for start, status in ((2**53 - 1, 200), (2**63 - 1, 422), (-1, 200)):
        query = DAY | {"cursor": write_cursor([start])}
        assert caller.get("/v1/prices", params=query).status_code == status


class Stream:
    """A client of the price stream, in a thread of its own."""

    def __init__(self, url, token, last_event_id=None):
        self.ids: list[int] = []
        self.lines: list[str] = []
        self.opened = threading.Event()
        self.changed = threading.Condition()
        headers = {"Authorization": f"Bearer {token}"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self.thread = threading.Thread(target=self._read, args=(url, headers))
        self.thread.start()
        assert self.opened.wait(5)

    def _read(self, url, headers):
        address = f"{url}/v1/prices/stream"
        with (
            httpx.Client(timeout=10) as client,
            client.stream("GET", address, headers=headers) as r,
        ):
            assert r.status_code == 200
            assert r.headers["content-type"].startswith("text/event-stream")
            self.opened.set()
            for line in r.iter_lines():
                with self.changed:
                    self.lines.append(line)
                    if line.startswith("id: "):
                        self.ids.append((int(line[4:]) - MIDNIGHT) // 900)
                    self.changed.notify_all()

    def wait_for(self, condition):
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self), 5), self.lines

    def end(self):
        self.thread.join(5)
        return not self.thread.is_alive()


@pytest.fixture
def served(world):
    """A running server and the token of account 1."""
    caller = world.signed_in(1)
    token = caller.headers["Authorization"].removeprefix("Bearer ")
    with Server(world.app(heartbeat=0.05)) as server:
        yield server.url, token


def listening(world, count):
    deadline = time.monotonic() + 5
    while world.services.broadcast.listeners != count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_news_reach_every_listener_in_order(world, served):
    streams = [Stream(*served) for _ in range(3)]
    for quarter in range(5):
        world.services.broadcast.publish(world.record(quarter))
    for stream in streams:
        stream.wait_for(lambda s: s.ids == [0, 1, 2, 3, 4])
        assert "event: price" in stream.lines
    world.services.broadcast.close()
    assert all(stream.end() for stream in streams)
    listening(world, 0)


def test_a_listener_that_comes_back_misses_nothing(world, served):
    for quarter in (0, 1, 3, 2, 4):
        world.services.broadcast.publish(world.record(quarter))
    stream = Stream(*served, last_event_id=MIDNIGHT + 3 * 900)
    stream.wait_for(lambda s: s.ids == [2, 4])
    world.services.broadcast.publish(world.record(5))
    stream.wait_for(lambda s: s.ids == [2, 4, 5])
    world.services.broadcast.close()
    assert stream.end()


def test_what_is_no_longer_remembered_comes_from_the_records(world, served):
    world.market.records = [world.record(quarter) for quarter in range(6)]
    stream = Stream(*served, last_event_id=MIDNIGHT + 2 * 900)
    stream.wait_for(lambda s: s.ids == [3, 4, 5])
    world.services.broadcast.publish(world.record(5))
    world.services.broadcast.publish(world.record(6))
    stream.wait_for(lambda s: s.ids == [3, 4, 5, 6])
    world.services.broadcast.close()
    assert stream.end()


def test_a_silent_stream_shows_that_it_lives_and_ends_with_the_session(world, served):
    url, token = served
    stream = Stream(url, token)
    stream.wait_for(lambda s: any(line.startswith(":") for line in s.lines))
    world.services.broadcast.publish(world.record(1))
    stream.wait_for(lambda s: s.ids == [1])
    httpx.delete(f"{url}/v1/session", headers={"Authorization": f"Bearer {token}"})
    assert stream.end()
    listening(world, 0)


def test_a_stream_needs_a_session_and_a_sound_id(served):
    url, token = served
    assert httpx.get(f"{url}/v1/prices/stream").status_code == 401
    headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": "yesterday"}
    answer = httpx.get(f"{url}/v1/prices/stream", headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "header: Last-Event-ID")


def test_the_number_of_streams_is_bounded(world):
    world.services.broadcast._max_listeners = 1
    caller = world.signed_in(1)
    token = caller.headers["Authorization"].removeprefix("Bearer ")
    with Server(world.app(heartbeat=0.05)) as server:
        stream = Stream(server.url, token)
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.get(f"{server.url}/v1/prices/stream", headers=headers)
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "30"
    assert stream.end()


def test_a_listener_that_falls_behind_is_let_go(world):
    async def fall_behind():
        broadcast = PriceBroadcast()
        listening = broadcast.listen()
        for quarter in range(300):
            broadcast.publish(world.record(quarter))
        received = []
        while (record := await listening.next(1)) is not None:
            received.append(record)
        return received

    received = world.runner.run(fall_behind())
    assert received == [world.record(quarter) for quarter in range(256)]


def test_the_server_stops_within_a_second_with_clients_connected(world):
    token = world.signed_in(1).headers["Authorization"].removeprefix("Bearer ")
    server = Server(world.app())
    with server, httpx.Client(base_url=server.url) as client:
        assert client.get("/healthz").status_code == 200
        streams = [Stream(server.url, token) for _ in range(3)]
        began = time.monotonic()
        server.__exit__(None, None, None)
        assert time.monotonic() - began < 1
        assert all(stream.end() for stream in streams)
        with pytest.raises(httpx.TransportError):
            client.get("/healthz")
    assert not any(thread.name == "wallet-api" for thread in threading.enumerate())


def test_two_servers_do_not_collide_and_a_taken_port_is_an_error(world):
    with Server(world.app()) as first, Server(world.app()) as second:
        assert first.url != second.url
        for server in (first, second):
            assert httpx.get(f"{server.url}/healthz").status_code == 200
        port = int(first.url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="in use"):
            Server(world.app(), port=port)


def test_the_address_is_known_before_the_application(world):
    with closing(Listener()) as listener:
        app = world.app(domain=listener.url.removeprefix("http://"), uri=listener.url)
        with Server(app, listener=listener) as server:
            assert server.url == listener.url
            nonce = httpx.post(f"{server.url}/v1/sign-in/nonce").json()
            assert nonce["uri"] == server.url
