"""A whole simulated day in this process: other durations, other days, orders round the operator."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from chain.commitments import mechanism_id
from chain.connection import Chain
from chain.contracts import ChosenMechanism
from chain.sender import Sender
from domain.cancellation import Cancellation
from domain.interval import Interval
from domain.order import Order, Side
from domain.units import Account, MillicentPerKilowattHour, WattHours
from identity.attestation import CorrectionReason
from identity.signed_reading import verify_signed_reading
from identity.typed_data import withdrawal_digest
from node.publication import Publication
from node.report.page import render_report
from node.report.totals import totals
from node.run_folder import RunFolder
from node.scenarios.loading import load_scenario
from node.scenarios.scenario import MarketPlan, Scenario
from node.simulation import simulation as simulation_module
from node.simulation.day import Day
from node.simulation.figures import report_data
from node.simulation.progress import Silent
from node.simulation.simulation import Simulation
from oracle.gateway import Gateway
from settlement.audit import Verdict, audit_stored_run

pytestmark = [pytest.mark.chain, pytest.mark.day]


def small(**changes: object) -> Scenario:
    """Benetutti with its school, a nursery and two homes, in hours."""
    whole = load_scenario("benetutti")
    return replace(whole, participants=whole.participants[:4], duration_s=3600, **changes)  # type: ignore[arg-type]


def publish_and_audit(simulation: Simulation) -> Verdict:
    simulation.keep_chain()
    publication = Publication(
        simulation.folder, simulation.scenario, simulation.node, simulation.founded
    )
    publication.write(simulation.authority.issuer.public)
    return audit_stored_run(simulation.folder.path)


def require_own_readings_on_chain(simulation: Simulation, hours: int) -> None:
    """A participant compares its readings, as the API shows them, with the metering contract."""
    intervals = simulation.scenario.intervals()
    wallet = next(iter(simulation.wallets.values()))
    readings = list(wallet.all("/v1/readings", intervals[0].start, intervals[-1].end))
    assert len(readings) == hours
    for interval, reading in zip(intervals, readings, strict=True):
        salt, hashed = (bytes.fromhex(reading[name][2:]) for name in ("salt", "document_hash"))
        proof = [bytes.fromhex(sibling[2:]) for sibling in reading["proof"]]
        gateway, metering = reading["gateway"], simulation.founded.contracts.metering
        assert metering.verify_reading(interval, gateway, salt, hashed, proof)
        assert not metering.verify_reading(interval, gateway, salt, bytes(32), proof)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 4, 1), 24), (date(2025, 10, 26), 25)]
)
def test_days_of_23_24_and_25_hours_pass_their_audit(tmp_path: Path, day: date, hours: int) -> None:
    folder = RunFolder.create(tmp_path / "run")
    with Simulation(small(day=day), folder, seed="1", listener=Silent()) as simulation:
        simulation.run()
        require_own_readings_on_chain(simulation, hours)
        verdict = publish_and_audit(simulation)
    assert verdict.findings == []
    settled = {check.name: check for check in verdict.checks}["settlements"]
    assert settled.count > hours


def correct_first_reading(simulation: Simulation, interval: Interval) -> int:
    """Let a gateway say that its first device took 10 Wh more; return the gateway's number."""
    meters = simulation.founded.gateways[0]
    with Gateway(
        meters.number,
        meters.signing_key,
        meters.evm_key,
        domain=simulation.node.attestations_domain,
        devices=meters.devices,
        store=simulation.folder.path / "gateways" / f"gateway-{meters.number}.sqlite",
        clock=simulation.node.settings.clock,
    ) as gateway:
        reading, _ = verify_signed_reading(gateway.close(interval).readings[0].document)
        more = replace(reading, imported=WattHours(reading.imported + 10))
        batch = gateway.correct(interval, CorrectionReason.METER_FAULT, [more])
        simulation.node.ingest.receive(batch)
        gateway.acknowledge(batch.attestation.sequence)
    return meters.number


@pytest.mark.parametrize("netted_intervals", [1, 4])
def test_readings_corrected_after_their_settlement_pass_the_audit(
    tmp_path: Path, netted_intervals: int
) -> None:
    """The running node brings the correction to the chain, and lets the settlement follow."""
    folder = RunFolder.create(tmp_path / "run")
    scenario = small(market=MarketPlan(netted_intervals=netted_intervals))
    with Simulation(scenario, folder, seed="1", listener=Silent()) as simulation:
        simulation.run()
        interval = simulation.scenario.intervals()[5]
        contracts, settlements = simulation.founded.contracts, simulation.node.settlements
        before = contracts.metering.totals(interval)
        gateway = correct_first_reading(simulation, interval)
        wait_until(lambda: len(settlements.interval(interval).versions) == 2)
        assert contracts.metering.revision(interval, gateway) == 1
        assert contracts.metering.totals(interval) == replace(before, imported=before.imported + 10)
        assert contracts.settlement.record(interval).corrections == 1
        others = settlements.between(1, 0, 2**40)
        assert [len(one.versions) for one in others].count(1) == len(others) - 1
        require_own_readings_on_chain(simulation, 24)
        verdict = publish_and_audit(simulation)
    assert verdict.findings == []
    (line,) = (folder.path / "published" / "corrections.jsonl").read_text().splitlines()
    assert json.loads(line)["interval_start"] == interval.start


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "it is not done"
        time.sleep(0.05)


@pytest.mark.parametrize(
    "market",
    [
        MarketPlan("uniform-price", 0),
        MarketPlan("pay-as-bid"),
        MarketPlan("pay-as-bid", 1000),
        MarketPlan("mid-market-rate"),
        MarketPlan("supply-demand-ratio"),
        MarketPlan("bill-sharing"),
    ],
    ids=lambda market: f"{market.mechanism}-{market.chain_k}",
)
def test_a_day_under_each_mechanism_passes_its_audit(tmp_path: Path, market: MarketPlan) -> None:
    folder = RunFolder.create(tmp_path / "run")
    with Simulation(small(market=market), folder, seed="1", listener=Silent()) as simulation:
        simulation.run()
        require_terms(simulation, market)
        require_own_payments(simulation)
        verdict = publish_and_audit(simulation)
        data = report_data(simulation, "runs/one", verdict)
    assert verdict.findings == []
    takes_k = market.mechanism in ("uniform-price", "pay-as-bid")
    assert (data.mechanism, data.k) == (market.mechanism, market.chain_k if takes_k else None)
    day = totals(data)
    assert day.traded > 0
    assert day.saved == sum(member.grid_only - member.paid for member in data.participants)
    paid = [(one.feed_in, one.paid_price, one.retail) for one in data.intervals if one.traded]
    assert all(feed_in <= (price or retail) <= retail for feed_in, price, retail in paid)
    assert "</html>" in render_report(data)


def require_terms(simulation: Simulation, market: MarketPlan) -> None:
    """The node, its API and the chain have the scenario's mechanism."""
    chosen = simulation.node.contracts.market.mechanism(simulation.scenario.community)
    assert chosen == ChosenMechanism(mechanism_id(market.mechanism), market.chain_k)
    told = next(iter(simulation.wallets.values())).get("/v1/community")
    takes_k = market.mechanism in ("uniform-price", "pay-as-bid")
    assert (told["mechanism"], told["k"]) == (
        market.mechanism,
        market.chain_k if takes_k else None,
    )


def require_own_payments(simulation: Simulation) -> None:
    """What participants see of their trades adds up, and balances between them."""
    intervals = simulation.scenario.intervals()
    span = intervals[0].start, intervals[-1].end
    traded = 0
    for wallet in simulation.wallets.values():
        paid = sum(trade["payment"] for trade in wallet.all("/v1/trades", *span))
        statement = wallet.get("/v1/statements", **{"from": span[0], "to": span[1]})
        assert statement["totals"]["trade_payment"] == paid
        traded += paid
    assert traded == 0


class RoundTheOperator(Day):
    """A day on which the first to order in an interval also puts its order on chain itself.

    In even hours it is a copy of the order that the desk has, in odd ones another.
    """

    submitted = 0

    def _place_orders(self, index: int, number: int) -> None:
        super()._place_orders(index, number)
        planned = [
            order
            for order in self._plan.orders[index]
            if self._plan.rounds[order.participant] == number
        ]
        if planned:
            wallet = self._wallets[planned[0].participant]
            self._submit(index, wallet)

    def _submit(self, index: int, wallet: simulation_module.Wallet) -> None:
        interval = self._plan.intervals[index]
        (mine,) = wallet.all("/v1/orders", interval.start, interval.end)
        order = Order(
            interval,
            Account(wallet.get("/v1/me")["account"]),
            Side.parse(mine["side"]),
            WattHours(mine["quantity_wh"]),
            MillicentPerKilowattHour(mine["price"]),
            int(mine["salt"], 16) + index % 2,
        )
        contracts = self._node.contracts
        sender = Sender(Chain(contracts.chain.url), wallet.key)
        sender.send(contracts.order_entry.submit_order(order))
        type(self).submitted += 1


@pytest.mark.parametrize("mechanism", ["uniform-price", "pay-as-bid"])
def test_orders_put_on_chain_by_participants_trade_and_pass_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mechanism: str
) -> None:
    RoundTheOperator.submitted = 0
    monkeypatch.setattr(simulation_module, "Day", RoundTheOperator)
    monkeypatch.setattr(simulation_module, "read_back", lambda *_: None)
    folder = RunFolder.create(tmp_path / "run")
    scenario = small(market=MarketPlan(mechanism))
    with Simulation(scenario, folder, seed="1", listener=Silent()) as simulation:
        simulation.run()
        verdict = publish_and_audit(simulation)
    assert verdict.findings == []
    assert RoundTheOperator.submitted > 24
    direct = {check.name: check for check in verdict.checks}["direct orders"]
    assert direct.count >= RoundTheOperator.submitted


class TakingBack(Day):
    """A day on which the first to order in a round withdraws, and the last is cancelled on chain.

    Of the first round's orders, which are committed when the second round begins, the last one is
    cancelled.
    """

    withdrawn = 0
    cancelled = 0

    def _place_orders(self, index: int, number: int) -> None:
        super()._place_orders(index, number)
        planned = [
            order.participant
            for order in self._plan.orders[index]
            if self._plan.rounds[order.participant] == number
        ]
        if planned:
            self._withdraw(index, self._wallets[planned[0]])
        if number == 1:
            self._cancel(index)

    def _withdraw(self, index: int, wallet: simulation_module.Wallet) -> None:
        interval = self._plan.intervals[index]
        (mine,) = wallet.all("/v1/orders", interval.start, interval.end)
        digest = bytes.fromhex(mine["digest"][2:])
        signature = wallet.key.sign(withdrawal_digest(self._node.orders_domain, digest))
        answer = wallet._http.delete(
            f"/v1/orders/{mine['digest']}", params={"signature": "0x" + signature.hex()}
        )
        assert answer.status_code == 200, answer.text
        type(self).withdrawn += 1

    def _cancel(self, index: int) -> None:
        interval = self._plan.intervals[index]
        self._node.market.read_events(interval.community)
        book = self._node.market_records.book(interval)
        if not book:
            return
        entry = book[-1]
        account = entry.kept.order.account
        (wallet,) = (
            one for one in self._wallets.values() if one.get("/v1/me")["account"] == account
        )
        contracts = self._node.contracts
        cancellation = Cancellation(interval, account, entry.batch, entry.index)
        sender = Sender(Chain(contracts.chain.url), wallet.key)
        sender.send(contracts.order_entry.cancel_order(cancellation))
        type(self).cancelled += 1


@pytest.mark.parametrize("mechanism", ["uniform-price", "pay-as-bid"])
def test_orders_taken_back_by_participants_do_not_trade_and_the_day_passes_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mechanism: str
) -> None:
    TakingBack.withdrawn = TakingBack.cancelled = 0
    monkeypatch.setattr(simulation_module, "Day", TakingBack)
    monkeypatch.setattr(simulation_module, "read_back", lambda *_: None)
    folder = RunFolder.create(tmp_path / "run")
    scenario = small(market=MarketPlan(mechanism))
    with Simulation(scenario, folder, seed="1", listener=Silent()) as simulation:
        simulation.run()
        intervals = scenario.intervals()
        span = intervals[0].start, intervals[-1].end
        taken_back = [
            order["filled_wh"]
            for wallet in simulation.wallets.values()
            for order in wallet.all("/v1/orders", *span)
            if order["cancelled"]
        ]
        verdict = publish_and_audit(simulation)
    assert verdict.findings == []
    assert min(TakingBack.withdrawn, TakingBack.cancelled) > 12
    assert taken_back == [0] * (TakingBack.withdrawn + TakingBack.cancelled)
    checks = {check.name: check for check in verdict.checks}
    assert checks["withdrawals"].count == 5 * TakingBack.withdrawn
