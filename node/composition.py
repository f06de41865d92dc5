"""Putting the rooms together: one community's running node."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from chain.connection import Chain
from chain.contracts import ChosenMechanism, Community, Contracts
from chain.deployment import Deployment
from chain.fees import AnnouncedFees
from chain.outbox import Outbox
from chain.sender import Receipt, Sender
from domain.clock import Clock
from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.trade import Fill, PriceRecord
from domain.units import require_range
from identity.keys import EvmKey
from identity.typed_data import TypedDomain, market_domain, metering_domain
from market.challenges import Answered, ChallengeResponder
from market.desk import DeskLimits, OrderDesk
from market.mechanisms import mechanism_of_id
from market.members import RememberedMembers
from market.operator import MarketOperator
from market.ports import ChainEventLog
from market.records import MarketRecords
from node.corrections import CorrectionFollower, FollowedCorrection
from node.funds import WalletFunds
from oracle.ingest import EndedCorrection, MeterIngest
from oracle.records import MeterRecords
from oracle.tariff_oracle import TariffOracle
from settlement.service import (
    CorrectionTooLateError,
    Settlements,
    SettlementWaitsError,
    Settler,
    TradedInterval,
)
from settlement.settled import SettledInterval
from wallet_api.app import create_app
from wallet_api.prices.broadcast import PriceBroadcast
from wallet_api.services import Addresses, CommunityTerms, Services
from wallet_api.settings import ApiSettings

MOST_NETTED_INTERVALS: Final = 96
"""A day of quarters of an hour. Whether so many fit a transaction depends on the community."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """Which community a node runs, where, and with which keys.

    Attributes:
        community: its number.
        name: what people call it.
        deployment: its contracts.
        operator: commits, settles and signs receipts.
        tariff_oracle: posts tariffs.
        clock: the market's time.
        desk: what the order desk takes.
        netted_intervals: how many consecutive intervals are settled together; tokens move once for
            all of them.
    """

    community: int
    name: str
    deployment: Deployment
    operator: EvmKey
    tariff_oracle: EvmKey
    clock: Clock
    desk: DeskLimits
    netted_intervals: int = 1

    def __post_init__(self) -> None:
        require_range("netted_intervals", self.netted_intervals, 1, MOST_NETTED_INTERVALS)


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a node found when it went on.

    Attributes:
        receipts: of the transactions that were signed and whose receipts nobody had noted.
        unsettled: intervals that are cleared and not settled, in their sequence; ``settle`` each
            once its readings are there.
    """

    receipts: tuple[Receipt, ...]
    unsettled: tuple[Interval, ...]


class CommunityNode:
    """The rooms of one community, wired to one chain and one database.

    Any number of threads may settle, correct and answer, once ``resume`` is done.

    Attributes:
        contracts: typed clients of the contracts.
        desk: accepts orders.
        market: commits, clears and proves.
        market_records: stored orders, prices and fills.
        ingest: takes gateways' batches.
        meter_records: stored readings.
        tariffs: posts the grid's prices.
        settlements: stored settlements and statements.
        broadcast: news of prices.
    """

    def __init__(self, chain: Chain, engine: Engine, settings: NodeSettings) -> None:
        """Wire the rooms. How books are cleared is what the market contract says.

        Args:
            chain: the chain that holds the contracts.
            engine: a database with every room's tables.
            settings: which community, where, with which keys.

        Raises:
            InvalidValueError: where the chain is another one, has no such community, or clears it
                by a mechanism that this node does not know.
        """
        settings.deployment.require_chain(chain)
        self.settings = settings
        self.contracts = Contracts(chain, settings.deployment)
        self.terms = _terms(self.contracts, settings)
        self._engine = engine
        self._members = RememberedMembers(self.contracts.registry)
        self._funds = WalletFunds(self._members, self.contracts.currency)
        self._fees = AnnouncedFees(chain, settings.deployment)
        self._wire_market(chain, engine)
        self._wire_metering(engine)
        self._settler = Settler(
            engine, self._outbox, self.contracts.settlement, self.contracts.disputes
        )
        self.settlements = Settlements(engine)
        self._follower = CorrectionFollower(
            settings.community, self.ingest, self.settlements, self.correct
        )
        # What the chain has of the meters stands still from its reading to its settlement there.
        self._settling = threading.Lock()
        self._tariff_outbox = Outbox(engine, Sender(chain, settings.tariff_oracle))
        self.tariffs = TariffOracle(self.contracts.market, self._tariff_outbox)
        self.broadcast = PriceBroadcast()

    @property
    def orders_domain(self) -> TypedDomain:
        """What orders and receipts are signed for."""
        deployment = self.settings.deployment
        return market_domain(deployment.chain_id, deployment.market)

    @property
    def attestations_domain(self) -> TypedDomain:
        """What attestations are signed for."""
        deployment = self.settings.deployment
        return metering_domain(deployment.chain_id, deployment.metering)

    def resume(self) -> Resumption:
        """Go on where an earlier process of this node ended, however it did.

        Transactions that it signed are handed in, what the chain announced meanwhile is taken
        over, fees among it, and the funds that cleared intervals will take are held back again.
        Called before anything else, on a database and a chain that may be new as well.

        Raises:
            ChainError: where the chain cannot be reached; calling it again goes on.
        """
        receipts = (*self._tariff_outbox.resume(), *self._outbox.resume())
        community = self.settings.community
        self.market.read_events(community)
        self._fees.schedule()
        unsettled = self._unsettled()
        for interval in unsettled:
            # One that the chain settled before the crash has taken its money already.
            if self.contracts.settlement.record(interval) is None:
                self._hold_back(interval, self.market_records.fills(interval))
        return Resumption(receipts, tuple(unsettled))

    def clear(self, interval: Interval) -> PriceRecord:
        """Clear an interval, prove it on chain, and tell everyone the price."""
        record = self.market.clear(interval, holding_back=self._hold_back)
        self.broadcast.publish(record)
        return record

    def answer_challenges(self) -> list[Answered]:
        """Answer the challenges to this community's books that can still be answered.

        Returns:
            What was found open, with the reason where there is no answer.

        Raises:
            ChainError: where the chain cannot be reached.
        """
        return self._challenges.answer(self.contracts.chain.block_time())

    def settle(self, interval: Interval) -> list[SettledInterval]:
        """Attest an interval's readings and settle it, or leave it until its group is complete.

        As many consecutive intervals as ``netted_intervals`` says form a group, counted from 1970
        UTC, and are settled with the last of them. Where one of a group waits, all of it does.
        What is settled already stays as it is: that it follows corrected readings is the matter of
        ``correct_settlements``.

        Returns:
            What was settled, now or before; nothing where later intervals of the group are awaited.

        Raises:
            InvalidValueError: where the interval is not cleared.
            SettlementWaitsError: where its book may still be challenged, is, or is disputed;
                readings are taken until then.
        """
        self._require_cleared(interval)
        with self._settling:
            return self._settle(interval)

    def _settle(self, interval: Interval) -> list[SettledInterval]:
        self._settler.require_due(interval)
        self.ingest.attest(interval)
        span = self.settings.netted_intervals * interval.duration
        first = interval.start // span * span
        if interval.end < first + span:
            return []
        others = {one for one in self._unsettled() if first <= one.start < interval.start}
        return self._settle_together(sorted({*others, interval}, key=lambda one: one.start))

    def settle_rest(self, until: int) -> list[SettledInterval]:
        """Settle what waits for later intervals of its group, for there will be none.

        Args:
            until: UTC second; intervals that end by then are settled.

        Raises:
            SettlementWaitsError: where one of a group cannot be settled yet, once all other groups
                are; calling it again goes on.
        """
        with self._settling:
            return self._settle_rest(until)

    def _settle_rest(self, until: int) -> list[SettledInterval]:
        waiting = [one for one in self._unsettled() if one.end <= until]
        groups: dict[int, list[Interval]] = {}
        for one in waiting:
            span = self.settings.netted_intervals * one.duration
            groups.setdefault(one.start // span, []).append(one)
        settled: list[SettledInterval] = []
        waiting_for: SettlementWaitsError | None = None
        for group in groups.values():
            try:
                settled += self._settle_together(group)
            except SettlementWaitsError as waits:
                waiting_for = waiting_for or waits
        if waiting_for is not None:
            raise waiting_for
        return settled

    def correct(self, interval: Interval) -> SettledInterval:
        """Replace an interval's settlement by what its readings come to now.

        What the correction takes of deposits is held back as long as the contract refuses it.

        Raises:
            InvalidValueError: where the interval is not cleared.
            NotSettledError: where it is not settled.
            CorrectionTooLateError: where the contract takes no correction of it any more.
            ContractRefusedError: where the contract refuses the correction, as it does where its
                metered totals are others.
        """
        with self._settling:
            traded = self._traded(interval)
            self._funds.note_due(interval, self._settler.outstanding(traded))
            try:
                corrected = self._settler.correct(traded)
            except CorrectionTooLateError:
                self._funds.note_corrected(interval)
                raise
            self._funds.note_corrected(interval)
            return corrected

    def bring_corrections(self) -> Iterator[EndedCorrection]:
        """Bring the corrections of readings that came to the chain (``MeterIngest.correct``).

        Between two of them, somebody else may settle.

        Returns:
            What became of each, as it happens.

        Raises:
            ChainError: where the chain cannot be reached; calling it again goes on.
        """
        ended = self.ingest.correct()
        while True:
            with self._settling:
                one = next(ended, None)
            if one is None:
                return
            yield one

    def correct_settlements(self) -> Iterator[FollowedCorrection]:
        """Let settlements follow the corrections of readings that the chain has.

        Each interval is corrected by itself, also where several were settled together.

        Returns:
            What was corrected or refused, as it happens.

        Raises:
            ChainError: where the chain cannot be reached; calling it again goes on.
        """
        return self._follower.follow()

    def _settle_together(self, intervals: Sequence[Interval]) -> list[SettledInterval]:
        known = {one: self.settlements.interval(one) for one in intervals}
        left = [one for one in intervals if known[one] is None]
        for interval in left:
            self._settler.require_due(interval)
        for interval in left:
            self.ingest.attest(interval)
        settled = iter(self._settler.settle_together([self._traded(one) for one in left]))
        for interval in intervals:
            self._funds.note_settled(interval)
        return [known[one] or next(settled) for one in intervals]

    def _traded(self, interval: Interval) -> TradedInterval:
        return TradedInterval(
            self._require_cleared(interval),
            self.market_records.fills(interval),
            self.ingest.metered(interval),
        )

    def _require_cleared(self, interval: Interval) -> PriceRecord:
        cleared = self.market_records.price(interval)
        if cleared is None:
            raise InvalidValueError("interval", "a cleared interval", str(interval))
        return cleared.record

    def _unsettled(self) -> list[Interval]:
        """Return the intervals that are cleared and not settled, in their sequence."""
        community = self.settings.community
        settled = self.settlements.starts(community)
        cleared = self.market_records.intervals(community)
        return [interval for interval in cleared if interval.start not in settled]

    def _hold_back(self, interval: Interval, fills: Iterable[Fill]) -> None:
        """Keep what an interval's buyers owe, the fee included, from being promised again."""
        fee = self.contracts.settlement.fee_at(interval.community, interval.start)
        self._funds.note_cleared(interval, fills, fee)

    def wallet_api(self, settings: ApiSettings) -> FastAPI:
        """Make the API that the community's participants call."""
        deployment = self.settings.deployment
        return create_app(
            Services(
                settings=settings,
                community=self.terms,
                chain_id=deployment.chain_id,
                addresses=_addresses(deployment),
                operator=self.settings.operator.address,
                clock=self.settings.clock,
                engine=self._engine,
                registry=self.contracts.registry,
                desk=self.desk,
                funds=self._funds,
                market=self.market_records,
                tariffs=self.contracts.market,
                fees=self._fees,
                currency=self.contracts.currency,
                energy=self.contracts.energy,
                statements=self.settlements,
                readings=self.meter_records,
                broadcast=self.broadcast,
            )
        )

    def _wire_market(self, chain: Chain, engine: Engine) -> None:
        settings = self.settings
        self._outbox = Outbox(engine, Sender(chain, settings.operator))
        self.desk = OrderDesk(
            engine,
            domain=self.orders_domain,
            operator=settings.operator,
            members=self._members,
            agents=self.contracts.agents,
            communities=self.contracts.market,
            funds=self._funds,
            fees=self._fees,
            clock=settings.clock,
            limits=settings.desk,
        )
        self.market = MarketOperator(
            engine,
            contract=self.contracts.market,
            outbox=self._outbox,
            events=ChainEventLog(chain, settings.deployment),
        )
        self.market_records = MarketRecords(engine, settings.clock, self._fees)
        self._challenges = ChallengeResponder(
            engine,
            community=settings.community,
            domain=self.orders_domain,
            contract=self.contracts.disputes,
            wallets=self.contracts.registry,
            outbox=self._outbox,
        )

    def _wire_metering(self, engine: Engine) -> None:
        sessions = sessionmaker(engine)
        self.ingest = MeterIngest(
            sessions,
            self.contracts.registry,
            self.contracts.metering,
            self._outbox,
            domain=self.attestations_domain,
            clock=self.settings.clock,
        )
        self.meter_records = MeterRecords(sessions)


def _terms(contracts: Contracts, settings: NodeSettings) -> CommunityTerms:
    rules = contracts.market.community(settings.community)
    chosen = contracts.market.mechanism(settings.community)
    if rules is None or chosen is None:
        raise InvalidValueError("community", "one that the market has", settings.community)
    return _named_terms(rules, chosen, settings)


def _named_terms(
    rules: Community, chosen: ChosenMechanism, settings: NodeSettings
) -> CommunityTerms:
    mechanism, _ = mechanism_of_id(chosen.id)
    return CommunityTerms(
        number=settings.community,
        name=settings.name,
        duration=rules.duration,
        gate_lead=rules.gate_lead,
        grid_account=rules.grid_account,
        mechanism=mechanism.name,
        k=chosen.k if mechanism.takes_k else None,
        desk_lead=settings.desk.closing_seconds,
    )


def _addresses(deployment: Deployment) -> Addresses:
    return Addresses(
        registry=deployment.registry,
        market=deployment.market,
        metering=deployment.metering,
        settlement=deployment.settlement,
        currency=deployment.currency,
        energy=deployment.energy,
        agents=deployment.agents,
        order_entry=deployment.order_entry,
    )
