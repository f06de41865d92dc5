"""JSON-RPC: answers, errors in clients' various forms, and connections that were closed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chain.connection import Chain
from chain.failures import ChainUnavailableError, RpcError
from chain.rpc import JsonRpc
from domain.errors import InvalidValueError


class _Node(ThreadingHTTPServer):
    """Answers every request with the next prepared body, keeping connections or not."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        self.requests: list[dict[str, object]] = []
        self.hang_up = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def prepare(self, answer: object) -> None:
        self.bodies.append(json.dumps(answer).encode())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Node

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(json.loads(body))
        answer = self.server.bodies.pop(0)
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        # Without a word in the header: the client finds out with its next request.
        self.close_connection = self.server.hang_up

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def node() -> Iterator[_Node]:
    server = _Node()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connect() -> Iterator[Callable[[str], JsonRpc]]:
    opened: list[JsonRpc] = []

    def open_(url: str) -> JsonRpc:
        opened.append(JsonRpc(url, timeout=5))
        return opened[-1]

    yield open_
    for rpc in opened:
        rpc.close()


def test_a_result(node, connect) -> None:
    node.prepare({"jsonrpc": "2.0", "id": 1, "result": "0x7"})
    assert connect(node.url).request("eth_chainId", "a", 2) == "0x7"
    assert node.requests == [
        {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": ["a", 2]}
    ]


@pytest.mark.parametrize(
    ("error", "data"),
    [
        ({"code": 3, "message": "execution reverted", "data": "0x0102"}, b"\1\2"),
        ({"code": -32000, "message": "reverted", "data": {"data": "0x0102"}}, b"\1\2"),
        ({"code": -32015, "message": "VM error", "data": "Reverted 0x0102"}, b"\1\2"),
        ({"code": -32602, "message": "bad", "data": "no hex"}, None),
        ({"code": -32601, "message": "no such method"}, None),
    ],
)
def test_errors_in_the_forms_of_several_clients(node, connect, error, data) -> None:
    node.prepare({"jsonrpc": "2.0", "id": 1, "error": error})
    with pytest.raises(RpcError) as caught:
        connect(node.url).request("eth_call")
    assert (caught.value.code, caught.value.message) == (error["code"], error["message"])
    assert caught.value.data == data
    assert caught.value.method == "eth_call"


def test_a_connection_that_the_node_closed_meanwhile_is_replaced(node, connect) -> None:
    node.hang_up = True
    rpc = connect(node.url)
    for number in range(3):
        node.prepare({"result": number})
        assert rpc.request("eth_blockNumber") == number


@pytest.mark.parametrize("times", [1, 9, 10])
def test_a_call_that_another_thread_overtook_is_made_again(node, times) -> None:
    message = "BlockOutOfRangeError: block height is 48 but requested was 47"
    node.prepare({"jsonrpc": "2.0", "id": 1, "result": "0x7a69"})
    for _ in range(times):
        node.prepare({"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": message}})
    node.prepare({"jsonrpc": "2.0", "id": 1, "result": "0x2a"})
    chain = Chain(node.url)
    if times < 10:
        assert chain.call("0x" + "11" * 20, b"") == b"\x2a"
    else:
        with pytest.raises(RpcError, match="BlockOutOfRange"):
            chain.call("0x" + "11" * 20, b"")
    chain.close()
    asked = [request["method"] for request in node.requests]
    assert asked == ["eth_chainId"] + ["eth_call"] * min(times + 1, 10)


def test_no_node(connect) -> None:
    server = _Node()
    url = server.url
    server.server_close()
    with pytest.raises(ChainUnavailableError) as caught:
        connect(url).request("eth_chainId")
    assert caught.value.url == url


@pytest.mark.parametrize("body", [b"<html>", b"[1]"])
def test_something_that_is_no_node(node, connect, body) -> None:
    node.bodies.append(body)
    with pytest.raises(ChainUnavailableError, match="not JSON"):
        connect(node.url).request("eth_chainId")


@pytest.mark.parametrize("url", ["", "127.0.0.1:8545", "ws://127.0.0.1", "http://"])
def test_a_url_that_is_none(url) -> None:
    with pytest.raises(InvalidValueError):
        JsonRpc(url)
