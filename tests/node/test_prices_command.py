"""``commonwatt prices``: what it writes, what it asks for, and how it fails."""

from __future__ import annotations

import gzip
import json
import re
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from typer.testing import CliRunner, Result

from domain.interval import Interval
from domain.price_series import utc_text
from market.tariffs import real_time_tariffs
from node.commands import prices as command
from oracle.prices.publication import read_publication
from oracle.prices.table import read_price_table
from oracle.prices.token import TOKEN_VARIABLE
from oracle.prices.transparency import TransparencyPlatform

RUNNER = CliRunner()
DOCUMENTS = Path(__file__).parents[1] / "oracle" / "prices" / "documents"
GUIDE = (Path(__file__).parents[2] / "docs" / "tariffs.md").read_text(encoding="utf-8")
SECRET = "0f3c2b6e-5f0a-4c1d-9a87-6c1f4be0d2a1"
ZONE = "10Y1001A1001A74G"
HOURS = "start,price_eur_per_mwh\n" + "".join(
    f"2025-04-01T{hour:02d}:00,{hour}.5\n" for hour in range(24)
)


def run(*arguments: object) -> Result:
    return RUNNER.invoke(command.app, [str(one) for one in arguments])


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def rows_below(header: str) -> list[list[str]]:
    lines = GUIDE.partition(header)[2].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "hours.csv"
    path.write_text(HOURS)
    return path


def test_the_tariffs_of_the_guide(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(block("csv"))
    series = read_price_table(path)
    terms = {name: int(value) for name, value in re.findall(r"(margin|fee) = (\d+)", block("toml"))}
    rows = rows_below("| interval | wholesale | retail | feed-in |")
    assert len(rows) == 6
    for written, *expected in rows:
        start, duration = written.removesuffix("s").split("+")
        begin = int(datetime.fromisoformat(start).timestamp())
        interval = Interval(1, begin, int(duration))
        (tariff,) = real_time_tariffs(series, [interval], **terms)
        assert [series.price(interval), tariff.retail, tariff.feed_in] == list(map(int, expected))


def test_the_fault_of_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("prices.csv").write_text(block("csv").replace(",100.44", ',"100,44"'))
    done = run("show", "prices.csv")
    assert done.exit_code == 2
    assert done.stderr.strip() in GUIDE


def test_a_table_is_imported(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "prices.csv"
    done = run("import", table, "--time-zone", "Europe/Rome", "-o", output)
    assert (done.exit_code, done.stderr) == (0, "")
    said = "24 prices of 60 minutes, 2025-03-31T22:00Z to 2025-04-01T22:00Z, no gap"
    assert done.stdout == f"{output}: {said}\n"
    lines = output.read_text().splitlines()
    assert lines[:2] == ["start,end,price_eur_per_mwh", "2025-03-31T22:00Z,2025-03-31T23:00Z,0.50"]
    assert len(lines) == 25
    again = run("import", output)
    assert again.stdout == output.read_text()


def test_a_document_is_imported_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    path = DOCUMENTS / "two-auctions-two-days.xml"
    done = run("import", path, "-o", tmp_path / "prices.csv", "--json")
    assert done.exit_code == 0
    assert done.stderr == "not taken: 2 time series of auction sequence 2\n"
    shown = json.loads(done.stdout)
    assert (shown["step_s"], shown["prices"], shown["gaps"]) == (3600, 48, [])
    other = run("import", path, "--sequence", 2, "--resolution", "PT15M")
    assert len(other.stdout.splitlines()) == 1 + 192


def test_an_acknowledgement_exits_with_3() -> None:
    done = run("import", DOCUMENTS / "acknowledgement.xml")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "999 No matching data found" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.csv"], "missing.csv: expected a file that can be read"),
        (["hours.csv"], "hours.csv line 2: start"),
        (["hours.csv", "--time-zone", "Europe/Atlantis"], "--time-zone: expected an IANA"),
        (["hours.csv", "--time-zone", "UTC", "--zone", "SARD"], "a column of zones"),
        (["hours.csv", "--time-zone", "UTC", "--sequence", "2"], "sequence: expected none"),
        (["hours.csv", "--time-zone", "UTC", "--json"], "--output: expected a file, beside"),
        (["hours.csv", "--time-zone", "UTC", "-o", "no/x.csv"], "a file that can be written"),
    ],
)
def test_bad_input_exits_with_2_and_writes_nothing(
    table: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], said: str
) -> None:
    monkeypatch.chdir(table.parent)
    done = run("import", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert [path.name for path in table.parent.iterdir()] == ["hours.csv"]


def test_show_adds_up_by_local_day(table: Path) -> None:
    table.write_text(HOURS + "2025-04-02T00:00,-7\n2025-04-02T02:00,3\n")
    done = run("show", table, "--time-zone", "Europe/Rome")
    assert done.exit_code == 0
    assert "26 prices of 60 minutes" in done.stdout
    assert "1 gaps, the first from 2025-04-01T23:00Z on" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.strip().startswith("2025-")]
    assert rows == [
        ["2025-04-01", "24", "0.50", "12.00", "23.50", "0"],
        ["2025-04-02", "2", "-7.00", "-2.00", "3.00", "22"],
    ]
    shown = json.loads(run("show", table, "--time-zone", "Europe/Rome", "--json").stdout)
    assert shown["days"][1] == {
        "day": "2025-04-02",
        "prices": 2,
        "lowest": -700,
        "mean": -200,
        "highest": 300,
        "missing": 22,
    }
    keys = [key for key in shown if key != "file"]
    assert "{`file`, " + ", ".join(f"`{key}`" for key in keys) + "}" in GUIDE
    assert "[{" + ", ".join(f"`{key}`" for key in shown["days"][0]) + "}]" in GUIDE


@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25)])
def test_show_knows_how_long_a_day_is(tmp_path: Path, day: str, hours: int) -> None:
    path = tmp_path / "day.csv"
    rows = "".join(f"{day},{hour},1\n" for hour in range(1, hours + 1))
    path.write_text("delivery_day,period,price_eur_per_mwh\n" + rows)
    shown = json.loads(run("show", path, "--time-zone", "Europe/Rome", "--json").stdout)
    assert [(one["day"], one["prices"], one["missing"]) for one in shown["days"]] == [
        (day, hours, 0)
    ]


Asked = list[httpx.Request]


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Asked]:
    """Let the command talk to a transport in memory, in a folder of its own."""

    def answer_with(answer: Callable[[str, str], httpx.Response]) -> Asked:
        asked: Asked = []

        def handle(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return answer(request.url.params["periodStart"], request.url.params["periodEnd"])

        client = partial(
            TransparencyPlatform, transport=httpx.MockTransport(handle), sleep=lambda _: None
        )
        monkeypatch.setattr(command, "TransparencyPlatform", client)
        return asked

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(TOKEN_VARIABLE, SECRET)
    return answer_with


def hourly(start: str, end: str) -> httpx.Response:
    """Answer with a document of the hours asked for: the recorded one, moved in time."""
    text = (DOCUMENTS / "hours-fixed-blocks.xml").read_text()
    begin, until = (datetime.strptime(f"{one}+0000", "%Y%m%d%H%M%z") for one in (start, end))
    text = text.replace("2024-05-14T22:00Z", utc_text(int(begin.timestamp())))
    text = text.replace("2024-05-15T22:00Z", utc_text(int(until.timestamp())))
    for position in range((until - begin) // timedelta(hours=1) + 1, 25):
        place = text.index("<Point>", text.index("<resolution>"))
        point = re.compile(rf"<Point>\s*<position>{position}</position>.*?</Point>", re.DOTALL)
        assert point.search(text, place)
        text = point.sub("", text)
    if until - begin > timedelta(hours=24):
        text = text.replace("<curveType>A01<", "<curveType>A03<")
    return httpx.Response(200, text=text)


def fetch(*arguments: object) -> Result:
    return run("fetch", "--domain", ZONE, *arguments)


def test_days_are_fetched_once(platform: Callable[..., Asked], tmp_path: Path) -> None:
    asked = platform(hourly)
    days = ["--from", "2025-03-29", "--to", "2025-03-31"]
    done = fetch(*days, "-o", "prices.csv")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "71 prices of 60 minutes" in done.stdout
    assert [request.url.params["periodStart"] for request in asked] == [
        "202503282300",
        "202503292300",
        "202503302200",
    ]
    series = read_price_table(Path("prices.csv"))
    assert list(series.gaps()) == []
    kept = sorted(path.name for path in (tmp_path / "entsoe-documents" / ZONE).iterdir())
    assert kept == ["2025-03-29.xml", "2025-03-30.xml", "2025-03-31.xml"]
    again = fetch(*days)
    assert (again.exit_code, len(asked)) == (0, 3)
    assert again.stdout == Path("prices.csv").read_text()
    fetch(*days, "--refresh", "-o", "prices.csv", "--json")
    assert len(asked) == 6


def test_an_autumn_day_by_the_communitys_own_clock(
    platform: Callable[..., Asked], tmp_path: Path
) -> None:
    asked = platform(hourly)
    done = fetch("--from", "2025-10-26", "--time-zone", "Europe/Lisbon", "-o", "p.csv", "--json")
    assert json.loads(done.stdout)["prices"] == 25
    assert asked[0].url.params["periodStart"] == "202510252300"
    lisbon = ZoneInfo("Europe/Lisbon")
    shown = json.loads(run("show", "p.csv", "--time-zone", lisbon.key, "--json").stdout)
    assert [(one["day"], one["missing"]) for one in shown["days"]] == [("2025-10-26", 0)]


def test_a_day_that_is_not_published_exits_with_3(platform: Callable[..., Asked]) -> None:
    def answer(start: str, end: str) -> httpx.Response:
        if start > "202504010000":
            return httpx.Response(200, content=(DOCUMENTS / "acknowledgement.xml").read_bytes())
        return hourly(start, end)

    asked = platform(answer)
    done = fetch("--from", "2025-04-01", "--to", "2025-04-03", "-o", "prices.csv")
    assert (done.exit_code, done.stdout) == (3, "")
    assert f"{ZONE} 2025-04-02: no prices, but an acknowledgement: 999" in done.stderr
    assert len(asked) == 2
    assert not Path("prices.csv").exists()
    assert read_publication(Path(f"entsoe-documents/{ZONE}/2025-04-01.xml").read_bytes(), "x")


def test_the_token_shows_nowhere(platform: Callable[..., Asked], tmp_path: Path) -> None:
    said = f"token {SECRET} unknown"
    asked = platform(lambda start, end: httpx.Response(401, text=said))
    done = fetch("--from", "2025-04-01", "-o", "prices.csv")
    assert done.exit_code == 3
    assert "web-api.tp.entsoe.eu refused the security token (HTTP 401)" in done.stderr
    assert done.exception is not None
    trace = "".join(traceback.format_exception(done.exception))
    assert "PriceServiceError" in trace
    assert SECRET not in done.output + trace
    assert asked[0].url.params["securityToken"] == SECRET
    platform(
        lambda start, end: httpx.Response(200, text=hourly(start, end).text + f"<!--{SECRET}-->")
    )
    assert fetch("--from", "2025-04-01", "-o", "prices.csv").exit_code == 0
    for path in tmp_path.rglob("*.*"):
        assert path.is_dir() or SECRET not in path.read_text()


def test_the_token_comes_from_a_file_or_the_environment(
    platform: Callable[..., Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = platform(hourly)
    monkeypatch.delenv(TOKEN_VARIABLE)
    done = fetch("--from", "2025-04-01")
    assert (done.exit_code, len(asked)) == (2, 0)
    assert TOKEN_VARIABLE in done.stderr
    Path("token").write_text("a" * 36)
    assert fetch("--from", "2025-04-01", "--token-file", "token").exit_code == 0
    assert asked[0].url.params["securityToken"] == "a" * 36


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "2025-04-02", "--to", "2025-04-01"], "--to: expected 1 to 366 days"),
        (["--from", "2025-04-02", "--to", "2026-04-03"], "--to: expected 1 to 366 days"),
        (["--from", "2025-04-01", "--address", "http://example.org/api"], "an https:// address"),
        (["--from", "0001-01-01"], "--from: expected a day from 1971-01-01"),
        (["--from", "9999-12-31"], "--from: expected a day from 1971-01-01"),
        (["--from", "9998-12-31", "--to", "9999-12-31"], "--to: expected a day from 1971-01-01"),
        (["--from", "2025-04-01", "--time-zone", "Mars"], "--time-zone: expected an IANA time"),
        (["--from", "2025-04-01", "--time-zone", "Europe"], "--time-zone: expected an IANA time"),
        (["--from", "2025-04-01", "--domain", "10Y1001A1001A74H"], "zone: expected an EIC"),
        (["--from", "2025-04-01", "--json"], "--output"),
    ],
)
def test_bad_requests_are_not_made(
    platform: Callable[..., Asked], arguments: Sequence[str], said: str
) -> None:
    asked = platform(hourly)
    done = fetch(*arguments)
    assert (done.exit_code, done.stdout, asked) == (2, "", [])
    assert said in done.stderr


@pytest.mark.parametrize("name", ["import", "fetch", "show"])
def test_every_command_has_help_with_an_example(name: str) -> None:
    done = run(name, "--help")
    assert done.exit_code == 0
    assert "Example: commonwatt prices" in done.stdout


def test_the_options_of_the_guide_exist() -> None:
    helps = "".join(run(name, "--help").stdout for name in ("import", "fetch", "show"))
    for option in set(re.findall(r"`(--[a-z-]+)`", GUIDE)):
        assert option in helps, option


def test_a_compressed_table_is_the_same_bytes_each_time(table: Path, tmp_path: Path) -> None:
    plain = run("import", table, "--time-zone", "Europe/Rome").stdout
    written = []
    for name in ("one.csv.gz", "other.csv.GZ"):
        output = tmp_path / name
        assert run("import", table, "--time-zone", "Europe/Rome", "-o", output).exit_code == 0
        written.append(output.read_bytes())
    assert written[0] == written[1]
    assert written[0][4:8] == bytes(4)  # no time in the header
    assert gzip.decompress(written[0]).decode() == plain
    assert run("import", tmp_path / "one.csv.gz").stdout == plain
