"""A finished simulation's figures, for the summary and the report."""

from __future__ import annotations

from chain.deployment import Deployment
from domain.interval import Interval
from domain.order import Side
from domain.trade import ClearingStatus, Fill
from domain.units import Account, Money, WattHours
from market.book import BookEntry
from node.report.data import (
    AuditCheck,
    GasFigures,
    IntervalFigures,
    OrderFigures,
    ParticipantFigures,
    ReportData,
)
from node.scenarios.flows import ParticipantDay
from node.simulation.gas import gas_by_step
from node.simulation.simulation import Simulation
from settlement.audit import Verdict
from settlement.settled import SettledInterval


def report_data(simulation: Simulation, run: str, verdict: Verdict) -> ReportData:
    """Gather what a report shows.

    Args:
        simulation: a finished one, its database still open.
        run: the run's folder, as a person would give it to ``commonwatt audit``.
        verdict: what the auditor came to.
    """
    scenario = simulation.scenario
    intervals = scenario.intervals()
    span = scenario.community, intervals[0].start, intervals[-1].end
    settled = simulation.node.settlements.between(*span)
    records = simulation.node.market_records
    books = {one.start: records.book(one) for one in intervals}
    return ReportData(
        title=scenario.title,
        day=scenario.day,
        time_zone=scenario.time_zone,
        duration_s=scenario.duration_s,
        mechanism=simulation.node.terms.mechanism,
        k=simulation.node.terms.k,
        tariff=scenario.tariff.choice.value,
        intervals=tuple(
            _interval(one, books[one.record.interval.start], records.fills(one.record.interval))
            for one in settled
        ),
        participants=_participants(simulation, intervals),
        gas=_gas(simulation, settled, sum(len(book) for book in books.values())),
        audit=tuple(AuditCheck(one.name, one.count, one.failures) for one in verdict.checks),
        contracts=_contracts(simulation.founded.deployment),
        chain_id=simulation.founded.deployment.chain_id,
        run=run,
        sources=scenario.attributions(),
    )


def _interval(
    settled: SettledInterval, book: list[BookEntry], fills: list[Fill]
) -> IntervalFigures:
    record = settled.record
    residuals = [share.position.residual for share in settled.positions]
    return IntervalFigures(
        start=record.interval.start,
        feed_in=record.tariff.feed_in,
        retail=record.tariff.retail,
        price=record.price if record.status is ClearingStatus.CLEARED else None,
        traded=record.volume,
        value=Money(sum(fill.payment for fill in fills if fill.bought)),
        from_grid=WattHours(sum(max(residual, 0) for residual in residuals)),
        fed_in=WattHours(sum(max(-residual, 0) for residual in residuals)),
        price_hash="0x" + record.price_hash.hex(),
        bids=_orders(book, Side.BID),
        offers=_orders(book, Side.OFFER),
    )


def _orders(book: list[BookEntry], side: Side) -> tuple[OrderFigures, ...]:
    orders = (entry.kept.order for entry in book)
    return tuple(
        OrderFigures(order.account, order.quantity, order.price)
        for order in orders
        if order.side is side
    )


def _participants(
    simulation: Simulation, intervals: tuple[Interval, ...]
) -> tuple[ParticipantFigures, ...]:
    days = {day.participant.key: day for day in simulation.days}
    figures = []
    for member in simulation.founded.members:
        if member.participant is None:
            continue
        figures.append(
            _participant(simulation, member.account, days[member.participant.key], intervals)
        )
    return tuple(figures)


def _participant(
    simulation: Simulation,
    account: Account,
    day: ParticipantDay,
    intervals: tuple[Interval, ...],
) -> ParticipantFigures:
    statement = simulation.node.settlements.statement(
        simulation.scenario.community, account, intervals[0].start, intervals[-1].end
    )
    return ParticipantFigures(
        account=account,
        name=day.participant.name,
        consumed=WattHours(sum(flow.load for flow in day.actual)),
        generated=WattHours(sum(flow.generated for flow in day.actual)),
        imported=statement.imported,
        exported=statement.exported,
        bought=statement.bought,
        sold=statement.sold,
        paid=statement.payment,
        grid_only=statement.grid_only_cost,
    )


def _gas(simulation: Simulation, settled: list[SettledInterval], orders: int) -> GasFigures:
    used = gas_by_step(simulation.engine)
    readings = sum(
        signed.attestation.count
        for one in settled
        for signed in simulation.node.meter_records.attestations(one.record.interval)
    )
    return GasFigures(
        orders=orders,
        order_gas=used.get("commit", 0) + used.get("clear", 0),
        readings=readings,
        reading_gas=used.get("attest", 0),
        positions=sum(len(one.positions) for one in settled),
        settlement_gas=used.get("settle", 0),
    )


def _contracts(deployment: Deployment) -> tuple[tuple[str, str], ...]:
    return tuple((name, address) for address, name in deployment.names.items())
