from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

DOCUMENTS = Path(__file__).parent / "documents"

_SERIES = """  <TimeSeries>
    <mRID>1</mRID>
    <businessType>A62</businessType>
    <in_Domain.mRID codingScheme="A01">{zone}</in_Domain.mRID>
    <out_Domain.mRID codingScheme="A01">{zone}</out_Domain.mRID>
    <contract_MarketAgreement.type>{contract}</contract_MarketAgreement.type>
    <currency_Unit.name>{currency}</currency_Unit.name>
    <price_Measure_Unit.name>MWH</price_Measure_Unit.name>
    {sequence}
    <curveType>{curve}</curveType>
    <Period>
      <timeInterval><start>{start}</start><end>{end}</end></timeInterval>
      <resolution>{resolution}</resolution>
      {points}
    </Period>
  </TimeSeries>
"""
_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">
  <mRID>1</mRID>
  <revisionNumber>1</revisionNumber>
  <type>A44</type>
{series}</Publication_MarketDocument>
"""


def time_series(
    points: Sequence[tuple[int, str]] = ((1, "10"), (2, "20.5")),
    *,
    start: str = "2025-03-31T22:00Z",
    end: str = "2025-04-01T00:00Z",
    resolution: str = "PT60M",
    curve: str = "A01",
    zone: str = "10Y1001A1001A74G",
    contract: str = "A01",
    currency: str = "EUR",
    sequence: int | None = None,
) -> str:
    name = "classificationSequence_AttributeInstanceComponent.position"
    return _SERIES.format(
        points="".join(
            f"<Point><position>{position}</position><price.amount>{amount}</price.amount></Point>"
            for position, amount in points
        ),
        sequence="" if sequence is None else f"<{name}>{sequence}</{name}>",
        start=start,
        end=end,
        resolution=resolution,
        curve=curve,
        zone=zone,
        contract=contract,
        currency=currency,
    )


@pytest.fixture(scope="session")
def document() -> Callable[[str], bytes]:
    """Read one of the documents of the tests."""
    return lambda name: (DOCUMENTS / name).read_bytes()


@pytest.fixture(scope="session")
def series_xml() -> Callable[..., str]:
    """Write a TimeSeries; by default two hours of fixed blocks."""
    return time_series


@pytest.fixture(scope="session")
def publication_xml() -> Callable[..., bytes]:
    """Put TimeSeries into a document."""
    return lambda *series: _DOCUMENT.format(series="".join(series)).encode()


@dataclass
class Answer:
    status: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class PriceServer:
    """A server on this machine that gives prepared answers, the last one again and again.

    As a proxy it lets nobody through.
    """

    address: str
    answers: list[Answer]
    targets: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def price_server() -> Iterator[PriceServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.targets.append(self.path)
            state.headers.append(dict(self.headers.items()))
            answer = state.next_answer()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def do_CONNECT(self) -> None:
            state.targets.append(self.path)
            state.headers.append(dict(self.headers.items()))
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = PriceServer(f"http://127.0.0.1:{server.server_port}/api", [Answer(200)])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()
