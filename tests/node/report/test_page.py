"""The page holds the day's figures, needs nothing else, and cannot be broken out of."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from domain.units import Money
from market.mechanisms import MECHANISMS
from node.report.data import AuditCheck, ReportData
from node.report.page import render_report, write_report
from node.report.wording import wording as mechanism_words

LOADING = {"src", "srcset", "data", "action", "background", "poster", "formaction"}
MAX_BYTES = 6_000_000


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.text: list[str] = []
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._within = tag
        if tag == "script":
            self.scripts.append("")
        elif tag == "style":
            self.styles.append("")

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "script":
            self.scripts[-1] += data
        elif self._within == "style":
            self.styles[-1] += data
        else:
            self.text.append(data)

    @property
    def payload(self) -> dict[str, Any]:
        return json.loads(self.scripts[0])  # type: ignore[no-any-return]

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))


@pytest.fixture
def page(report: ReportData) -> Page:
    return Page(render_report(report))


def test_nothing_is_loaded_from_anywhere(page: Page) -> None:
    assert not [tag for tag, _ in page.tags if tag in {"link", "iframe", "object", "embed", "img"}]
    for tag, attributes in page.tags:
        assert not LOADING & attributes.keys(), tag
    assert not re.search(r"@import|url\(", "".join(page.styles))
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(", page.scripts[2])
    assert len(page.scripts) == 3


def test_the_browser_is_told_to_load_nothing(page: Page) -> None:
    policies = [
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert policies[0]
    assert policies[0].startswith("default-src 'none';")
    assert "http" not in policies[0]


def test_one_file_below_six_megabytes(report: ReportData, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(report, path)
    assert path.stat().st_size < MAX_BYTES
    assert list(tmp_path.iterdir()) == [path]


def test_the_charts_figures_are_the_data(page: Page, report: ReportData) -> None:
    shown = page.payload["intervals"]
    assert len(shown) == 100
    for each, interval in zip(shown, report.intervals, strict=True):
        assert each["feedIn"] == interval.feed_in
        assert each["retail"] == interval.retail
        assert each["price"] == each["point"] == interval.price
        assert each["traded"] == interval.traded
        assert each["fromGrid"] == interval.from_grid
        assert each["fedIn"] == interval.fed_in
        assert each["priceHash"] == interval.price_hash
        for side in ("bids", "offers"):
            orders = getattr(interval, side)
            assert each[side] == [[order.quantity, order.price, order.account] for order in orders]
    saved = [
        (each["name"], each["account"], each["saved"]) for each in page.payload["participants"]
    ]
    assert saved == [(each.name, each.account, each.saved) for each in report.participants]


def test_pairs_with_prices_of_their_own_are_shown_by_what_they_pay(report: ReportData) -> None:
    busiest = report.intervals[41]
    dearer = replace(busiest, value=Money(2 * 1_000 * 17_500))
    intervals = (*report.intervals[:41], dearer, *report.intervals[42:])
    changed = replace(report, mechanism="pay-as-bid", k=400, intervals=intervals)
    page = Page(render_report(changed))
    shown = page.payload["intervals"][41]
    assert (shown["price"], shown["point"]) == (17_500, busiest.price)
    assert (page.payload["priceName"], page.payload["pointName"]) == (
        "Mean local price",
        "reference price",
    )
    assert not page.payload["onePrice"]
    assert "17.500" in page.words
    assert "15.041" not in page.words
    assert "each pair trades 40% of the way" in page.words
    assert "The point is the uniform price of the same orders" in page.words
    assert "The one price" not in page.words


@pytest.mark.parametrize(
    ("mechanism", "k", "words"),
    [
        ("uniform-price", 500, "the middle of all prices at which the largest possible volume"),
        ("uniform-price", 125, "12.5% of the way through all prices at which the largest"),
        ("mid-market-rate", None, "halfway between feed-in and retail. Everybody who accepts it"),
        ("supply-demand-ratio", None, "not below what the ratio of supply to demand gives at it"),
        ("bill-sharing", None, "0, or the price of the tariff next to it. Everybody who accepts"),
    ],
)
def test_the_price_is_explained_by_the_mechanism(
    report: ReportData, mechanism: str, k: int | None, words: str
) -> None:
    page = Page(render_report(replace(report, mechanism=mechanism, k=k)))
    assert "The one price at which all trades of an interval settle: " in page.words
    assert words in page.words
    assert ("where the two curves cross" in page.words) == (mechanism == "uniform-price")


def test_there_are_words_for_every_mechanism_that_runs_a_community() -> None:
    for name, one in MECHANISMS.items():
        if one.provable:
            assert mechanism_words(name, 500 if one.takes_k else None).meaning


def test_times_are_local_also_when_the_clock_goes_back(page: Page) -> None:
    begins = [each["from"] for each in page.payload["intervals"]]
    assert begins[0] == "00:00"
    assert begins.count("02:15") == 2
    assert page.payload["intervals"][-1]["until"] == "00:00"
    ticks = {tick["label"]: tick["at"] for tick in page.payload["ticks"]}
    assert (ticks["00:00"], ticks["03:00"], ticks["12:00"]) == (0, 16, 52)
    assert "02:00 CEST" in page.words
    assert "02:00 CET" in page.words


def test_key_figures_and_tables_say_the_same(page: Page) -> None:
    words = page.words
    for figure in (
        "Traded locally 3.0 kWh in 2 of 100 intervals",
        "From the grid 50.0 kWh",
        "Fed into the grid 0.5 kWh",
        "Self-sufficiency 38 % 25% without the local market",
        "Saved by all 1.40 EUR",
        "Gas per order 401",
        "Gas per reading 500",
        "Gas per participant 10,001",
        "15.041",
        "2.5000 1.0000 1.5000",
        "0.8000 0.9000 -0.1000",
        "1 of 2 participants are better off",
    ):
        assert figure in words


def test_the_busiest_interval_is_chosen_first(page: Page) -> None:
    options = [attributes for tag, attributes in page.tags if tag == "option"]
    assert [option["value"] for option in options] == ["40", "41"]
    assert ["selected" in option for option in options] == [False, True]


def test_names_cannot_break_out_of_the_page(page: Page) -> None:
    assert ("ash", {}) not in page.tags
    assert not [tag for tag, _ in page.tags if tag == "b"]
    assert "Oak & <Ash>" in page.words
    assert page.payload["participants"][1]["name"] == "</script><b>Home</b>"


def test_it_can_be_read_aloud(page: Page) -> None:
    assert ("html", {"lang": "en"}) in page.tags
    charts = [attributes for tag, attributes in page.tags if attributes.get("role") == "img"]
    assert len(charts) == 4
    assert all(len(chart["aria-label"] or "") > 30 for chart in charts)
    headings = [tag for tag, _ in page.tags if tag in {"h1", "h2"}]
    assert headings.count("h1") == 1


def test_sources_are_named_and_linked(page: Page) -> None:
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert links == ["https://simbench.de/", "https://example.org/"]
    assert "ODbL 1.0" in page.words
    assert "GME" in page.words


@pytest.mark.parametrize(
    ("audit", "words"),
    [
        ((), "Not audited yet."),
        ((AuditCheck("Prices", 96, 0),), "Audit passed. 96 values in 1 checks"),
        ((AuditCheck("Prices", 96, 2), AuditCheck("Fills", 9, 0)), "Does not hold: Prices."),
    ],
)
def test_the_verdict_is_the_audits(
    report: ReportData, audit: tuple[AuditCheck, ...], words: str
) -> None:
    changed = replace(report, audit=audit)
    page = Page(render_report(changed))
    assert words in page.words
    assert ("Audit passed" in page.words) == changed.passed
    assert "commonwatt audit runs/oak" in page.words


def test_the_command_is_one_that_can_be_pasted(report: ReportData) -> None:
    changed = replace(report, program=".venv/bin/commonwatt", run="my runs/oak")
    words = Page(render_report(changed)).words
    assert ".venv/bin/commonwatt audit 'my runs/oak'" in words


def test_a_check_that_had_nothing_to_check_does_not_say_that_all_hold(report: ReportData) -> None:
    changed = replace(report, audit=(AuditCheck("Direct orders", 0, 0),))
    words = Page(render_report(changed)).words
    assert "none to check" in words
    assert "all hold" not in words


def test_a_day_without_trade_has_no_curves(report: ReportData) -> None:
    quiet = tuple(interval for interval in report.intervals if interval.price is None)
    page = Page(render_report(replace(report, intervals=quiet)))
    assert "Nothing traded on this day" in page.words
    assert not [tag for tag, _ in page.tags if tag == "select"]
