"""A node that runs one interval from its tariff to its settlement, and dies where it is told to.

    python interval_process.py CHAIN_URL FOLDER MECHANISM NUMBER [STEP MOMENT]

It goes on where the process before it was killed, finishes the intervals before NUMBER, and runs
that one. It kills itself once STEP's transaction is ``signed`` (and stored), ``sent``, or
``noted`` (its receipt is stored, and nothing that follows from it). The first process founds the
community. Every interval's book is challenged once. Every process says what it found when it went
on, and one that comes to its end how things stand then.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import select

from chain.commitments import mechanism_id
from chain.connection import Chain
from chain.contracts import Contracts, ParticipantRole
from chain.deployment import Deployment, Roles, deploy
from chain.development import advance_to
from chain.events import read_events
from chain.outbox import Outbox, StepKey, outbox_table
from chain.sender import Sender
from domain.clock import ManualClock
from domain.interval import Interval
from domain.order import Order, Side
from domain.reading import Reading
from domain.tariff import Tariff
from domain.units import Account, MillicentPerKilowattHour, WattHours
from identity.hashing import keccak256
from identity.keys import Ed25519Key, EvmKey
from identity.typed_data import order_digest
from market.clearing import HALF
from market.desk import DeskLimits
from node.composition import CommunityNode, NodeSettings
from node.database import open_database
from oracle.gateway import Gateway

FIRST = 1_743_458_400
GATE_LEAD = 300
DEPOSIT = 10**9
TARIFF = Tariff(MillicentPerKilowattHour(8_000), MillicentPerKilowattHour(30_000))
BUYER, SELLER, GRID = 1, 2, 3
READER = Ed25519Key.from_seed(bytes(32))


def interval(number: int) -> Interval:
    """Every other quarter, so that one is over before the next one's gate."""
    return Interval(1, FIRST + number * 1_800)


def key(name: str) -> EvmKey:
    return EvmKey.from_secret(keccak256(name.encode()))


def found(chain: Chain, mechanism: str) -> Deployment:
    send = {name: Sender(chain, key(name)).send for name in ("admin", "registrar", "minter")}
    roles = Roles(*(key(name).address for name in ("registrar", "operator", "tariffs", "minter")))
    deployment = deploy(chain, key("admin"), roles)
    contracts = Contracts(chain, deployment)
    registry = contracts.registry
    for account in (BUYER, SELLER, GRID):
        wallet = key(str(account)).address
        role = ParticipantRole.GRID if account == GRID else ParticipantRole.PROSUMER
        send["registrar"](registry.register_participant(wallet, bytes(32), role))
        send["minter"](contracts.currency.mint(wallet, DEPOSIT, keccak256(wallet.encode())))
    gateway = registry.register_gateway(key("gateway").address, READER.public, 0, 2**40)
    send["registrar"](gateway)
    for account in (BUYER, SELLER):
        send["registrar"](registry.register_device(1, account, 1, bytes(32), 0))
    rules = (900, GATE_LEAD, GRID, mechanism_id(mechanism), HALF)
    send["admin"](contracts.market.create_community(1, *rules))
    return deployment


def founded(chain: Chain, mechanism: str, place: Path) -> Deployment:
    if not place.exists():
        place.write_text(json.dumps(found(chain, mechanism).to_json()))
    return Deployment.from_json(json.loads(place.read_text()))


def die_at(step: str, moment: str) -> None:
    """Arrange for this process to be killed."""
    under_way = ""

    def follow(owner: type, name: str, reached: str) -> None:
        original = getattr(owner, name)

        def followed(*arguments: Any) -> Any:
            nonlocal under_way
            if isinstance(arguments[1], StepKey):
                under_way = arguments[1].step
            result = original(*arguments)
            if (under_way, reached) == (step, moment):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(owner, name, followed)

    follow(Outbox, "_store", "signed")
    follow(Sender, "submit", "sent")
    follow(Outbox, "_record", "noted")


class Run:
    """The node with what it needs around it."""

    def __init__(self, url: str, folder: Path, mechanism: str) -> None:
        self.chain = Chain(url)
        self.engine = open_database(folder / "node.sqlite")
        self.clock = ManualClock(self.chain.block_time())
        self.node = CommunityNode(
            self.chain,
            self.engine,
            NodeSettings(
                community=1,
                name="two houses",
                deployment=founded(self.chain, mechanism, folder / "deployment.json"),
                operator=key("operator"),
                tariff_oracle=key("tariffs"),
                clock=self.clock,
                desk=DeskLimits(),
            ),
        )
        self.gateway = Gateway(
            1,
            READER,
            key("gateway"),
            domain=self.node.attestations_domain,
            devices=(1, 2),
            store=folder / "gateway.sqlite",
            clock=self.clock,
        )

    def resume(self) -> None:
        found = self.node.resume()
        self.say(
            receipts=len(found.receipts),
            unsettled=[one.start for one in found.unsettled],
            held=self.held(),
        )

    def held(self) -> int:
        """What cleared intervals will take of the buyer's balance."""
        balance = self.node.contracts.currency.balance_of(key(str(BUYER)).address)
        return balance - self.node._funds.available(Account(BUYER))

    def go_through(self, one: Interval) -> None:
        """Do every step; those that are done stay as they are."""
        self.node.tariffs.post(one, [TARIFF])
        for account, side, price in ((BUYER, Side.BID, 20_000), (SELLER, Side.OFFER, 10_000)):
            self.place(one, account, side, price)
        self.node.market.commit(one)
        self.move_to(one.start - GATE_LEAD)
        self.node.clear(one)
        self.challenge(one)
        self.node.answer_challenges()
        self.move_to(one.end)
        readings = (
            Reading(one, 1, WattHours(700), WattHours(0)),
            Reading(one, 2, WattHours(0), WattHours(600)),
        )
        self.gateway.record(*readings)
        self.gateway.close(one)
        for batch in self.gateway.pending():
            self.node.ingest.receive(batch)
            self.gateway.acknowledge(batch.attestation.sequence)
        self.node.settle(one)

    def place(self, one: Interval, account: int, side: Side, price: int) -> None:
        order = Order(
            one, Account(account), side, WattHours(500), MillicentPerKilowattHour(price), one.start
        )
        digest = order_digest(self.node.orders_domain, order)
        self.node.desk.accept(order, key(str(account)).sign(digest))

    def challenge(self, one: Interval) -> None:
        """Let the buyer ask who signed the second order, once an interval."""
        disputes = self.node.contracts.disputes
        if disputes.challenge_count() <= (one.start - FIRST) // 1_800:
            Sender(self.chain, key(str(BUYER))).send(disputes.challenge_unsigned(one, 0, 1))

    def move_to(self, second: int) -> None:
        if self.clock.now() < second:
            self.clock.move_to(second)
        advance_to(self.chain, second)

    def tell_the_end(self) -> None:
        events = read_events(self.chain, self.node.settings.deployment)
        kinds = [type(event).__name__ for event in events]
        with self.engine.connect() as connection:
            states = list(connection.scalars(select(outbox_table.c.state)))
        currency = self.node.contracts.currency
        self.say(
            events={kind: kinds.count(kind) for kind in sorted(set(kinds))},
            states=states,
            settled=[one.record.interval.start for one in self.settled()],
            payments=[
                sum(share.payment for one in self.settled() for share in one.positions[at : at + 1])
                for at in range(2)
            ],
            balances=[currency.balance_of(key(str(n)).address) for n in (BUYER, SELLER, GRID)],
            held=self.held(),
        )

    def settled(self) -> Any:
        return self.node.settlements.between(1, 0, 2**40)

    @staticmethod
    def say(**words: Any) -> None:
        print(json.dumps(words), flush=True)


def main(url: str, folder: str, mechanism: str, number: str, *death: str) -> None:
    run = Run(url, Path(folder), mechanism)
    run.resume()
    for earlier in range(int(number)):
        run.go_through(interval(earlier))
    if death:
        die_at(*death)
    run.go_through(interval(int(number)))
    run.tell_the_end()


if __name__ == "__main__":
    main(*sys.argv[1:])
