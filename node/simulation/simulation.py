"""A whole simulation: chain, community, node, API and day, from nothing to a run's folder."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Engine

from chain.anvil import Anvil
from chain.connection import Chain
from chain.development import advance_to
from domain.clock import ManualClock
from market.desk import DeskLimits
from node.authority import Authority
from node.composition import CommunityNode, NodeSettings
from node.database import open_database
from node.duties import duties_of
from node.run_folder import RunFolder
from node.scenarios.flows import ParticipantDay, expected_and_actual
from node.scenarios.scenario import Scenario
from node.scenarios.tariffs import tariffs_of_day
from node.simulation.day import Day, plan_day
from node.simulation.founding import Founded, Founder
from node.simulation.meters import Metering
from node.simulation.own_records import read_back
from node.simulation.progress import Listener
from node.simulation.wallet import PriceListener, Wallet
from node.watch import Watch
from wallet_api.server import Listener as PortListener
from wallet_api.server import Server
from wallet_api.settings import ApiSettings

FOUNDED_BEFORE: Final = 12 * 3600
"""Seconds before the first gate at which the community is founded: about noon of the day before."""

SESSION_SECONDS: Final = 3 * 86_400
"""So that who signs in the day before is still signed in after the day."""

DESK_CLOSES: Final = 15
"""Seconds before the chain's gate at which the desk takes no more orders."""


@dataclass(frozen=True, slots=True)
class SimulatedTime:
    """The market's clock and the chain's time, which move together."""

    clock: ManualClock
    chain: Chain

    def move_to(self, second: int) -> None:
        """Go forward to a UTC second; the chain may be a little ahead of it."""
        self.clock.move_to(second)
        advance_to(self.chain, second)


class Simulation:
    """One community, alive between ``__enter__`` and ``__exit__``.

    Attributes:
        scenario: the community and its day.
        folder: where everything is kept.
        authority: the keys of those who run it.
        days: every participant's energy, expected and actual.
        founded: its members, gateways and contracts.
        node: the running node.
        wallets: the participants' signed-in wallets, by key.
        api_url: address of the wallet API.
    """

    founded: Founded
    node: CommunityNode
    wallets: dict[str, Wallet]
    api_url: str

    def __init__(
        self, scenario: Scenario, folder: RunFolder, *, seed: str, listener: Listener
    ) -> None:
        """Prepare a simulation; ``with`` starts it.

        Args:
            scenario: the community and its day.
            folder: where to keep everything.
            seed: decides forecasts and prices; the same seed gives the same orders.
            listener: whom to tell how far it is.
        """
        self.scenario = scenario
        self.folder = folder
        self.authority = Authority()
        self.days: tuple[ParticipantDay, ...] = expected_and_actual(scenario, seed)
        self._seed = seed
        self._listener = listener
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the chain, found the community, start the node and its API."""
        try:
            self._found()
            self._start_node()
            self._sign_everyone_in()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything that was started, the last first."""
        self._stack.close()

    def run(self) -> None:
        """Run the day.

        Raises:
            RefusedError: where a step was refused, a price did not reach its listener, or a
            participant's own records disagree.
        """
        tariffs = tariffs_of_day(self.scenario)
        devices = {
            member.participant.key: member.device
            for member in self.founded.members
            if member.participant is not None
        }
        plan = plan_day(self.scenario, self.days, tariffs, devices, self._seed)
        self._listener.begin("Running the day", total=len(plan.intervals))
        self.node.tariffs.post(plan.intervals[0], tariffs)
        prices = PriceListener(self.api_url, self._any_wallet.token, len(plan.intervals))
        prices.start()
        day = Day(self.node, plan, self.wallets, self._metering, self._time)
        day.run(self.scenario, self._listener)
        prices.finish()
        self._read_back(plan.intervals[0].start, plan.intervals[-1].end)

    def keep_chain(self) -> None:
        """Write the chain's blocks and state into the run's folder."""
        self._anvil.dump_state(self.folder.chain_state)

    @property
    def engine(self) -> Engine:
        """The node's database."""
        return self._engine

    @property
    def _any_wallet(self) -> Wallet:
        return next(iter(self.wallets.values()))

    def _found(self) -> None:
        opens = self.scenario.intervals()[0].start - self.scenario.gate_lead_s - FOUNDED_BEFORE
        self._listener.begin("Starting the chain")
        self._anvil = self._stack.enter_context(Anvil(timestamp=opens))
        self._chain = Chain(self._anvil.url)
        self._stack.callback(self._chain.close)
        self._time = SimulatedTime(ManualClock(opens), self._chain)
        self._listener.begin("Founding the community")
        founder = Founder(self._chain, self.scenario, self.authority, self._listener.step)
        self.founded = founder.found()

    def _start_node(self) -> None:
        self._engine = open_database(self.folder.database)
        self._stack.callback(self._engine.dispose)
        self.node = CommunityNode(self._chain, self._engine, self._node_settings())
        self._metering = Metering(
            self.founded.gateways,
            self.node.attestations_domain,
            self._time.clock,
            self.folder.path / "gateways",
        )
        self._stack.callback(self._metering.dispose)
        self._stack.enter_context(Watch(duties_of(self.node)))
        port = PortListener()
        settings = replace(ApiSettings.at(port.url), session_lifetime=SESSION_SECONDS)
        app = self.node.wallet_api(settings)
        self.api_url = self._stack.enter_context(Server(app, listener=port)).url

    def _node_settings(self) -> NodeSettings:
        return NodeSettings(
            community=self.scenario.community,
            name=self.scenario.name,
            deployment=self.founded.deployment,
            operator=self.authority.operator,
            tariff_oracle=self.authority.tariff_oracle,
            clock=self._time.clock,
            desk=DeskLimits(closing_seconds=DESK_CLOSES),
            netted_intervals=self.scenario.market.netted_intervals,
        )

    def _read_back(self, first: int, last: int) -> None:
        self._listener.begin("Reading statements back", total=len(self.wallets))
        for member in self.founded.members:
            if member.participant is not None:
                wallet = self.wallets[member.participant.key]
                read_back(wallet, member.deposit, first, last)
                self._listener.step()

    def _sign_everyone_in(self) -> None:
        self._listener.begin("Signing participants in", total=len(self.founded.members))
        self.wallets = {}
        for member in self.founded.members:
            if member.participant is None:
                continue
            wallet = self._stack.enter_context(Wallet(self.api_url, member.key))
            wallet.sign_in()
            self.wallets[member.participant.key] = wallet
            self._listener.step()
