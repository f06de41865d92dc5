"""A community in memory behind the real application."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, event

from domain.clock import ManualClock
from domain.errors import RefusedError
from domain.fee import NO_FEE, AnnouncedFee, Fee, FeeSchedule
from domain.interval import Interval
from domain.order import Order, Side
from domain.position import Position
from domain.reading import Reading
from domain.tariff import Tariff
from domain.trade import ClearingStatus, Fill, PriceRecord
from identity.keys import EvmKey, recover
from identity.sign_in import SignInMessage, personal_message_digest
from identity.typed_data import market_domain, order_digest, receipt_digest
from market.book import PlacedOrder, Trade
from settlement.settled import SettledPosition, SettledShare
from settlement.statements import make_statement
from wallet_api.app import create_app
from wallet_api.services import Addresses, CommunityTerms, Services
from wallet_api.settings import ApiSettings
from wallet_api.tables import metadata

MIDNIGHT = 1743465600
CHAIN_ID = 31337
DURATION = 900
GATE_LEAD = 900
TARIFF = Tariff(feed_in=8_000, retail=30_000)
OPERATOR = EvmKey.from_secret(b"\x0f" * 32)


def address(number: int) -> str:
    return EvmKey.from_secret(bytes([number]) * 32).address


MARKET = address(0xA1)
DOMAIN = market_domain(CHAIN_ID, MARKET)


@dataclass
class Member:
    wallet: str
    role: int = 1
    active: bool = True


@dataclass
class MemoryRegistry:
    members: dict[int, Member] = field(default_factory=dict)

    def account_of(self, wallet):
        return next((a for a, m in self.members.items() if m.wallet == wallet), None)

    def participant(self, account):
        return self.members.get(account)


@dataclass
class MemoryReceipt:
    order_digest: bytes
    received_at: int
    signature: bytes


@dataclass
class MemoryMarket:
    """Order desk and market queries over dictionaries, with the real signatures."""

    clock: ManualClock
    registry: MemoryRegistry
    deposits: dict[str, int]
    placed: dict[bytes, PlacedOrder] = field(default_factory=dict)
    fills: list[Trade] = field(default_factory=list)
    records: list[PriceRecord] = field(default_factory=list)

    def accept(self, order: Order, signature: bytes) -> MemoryReceipt:
        digest = order_digest(DOMAIN, order)
        if recover(digest, signature) != self.registry.members[order.account].wallet:
            raise RefusedError("wrong-signer", "signed by somebody else")
        if digest not in self.placed:
            self._check(order)
            now = self.clock.now()
            receipt = OPERATOR.sign(receipt_digest(DOMAIN, digest, now))
            self.placed[digest] = PlacedOrder(order, digest, now, receipt, None)
        stored = self.placed[digest]
        return MemoryReceipt(digest, stored.received_at, stored.receipt)

    def _check(self, order: Order) -> None:
        if self.clock.now() >= order.interval.start - GATE_LEAD:
            raise RefusedError("gate-closed", f"the gate of {order.interval} has closed")
        needed = order.quantity * order.price if order.side is Side.BID else 0
        wallet = self.registry.members[order.account].wallet
        if self.reserved(order.account) + needed > self.deposits.get(wallet, 0):
            raise RefusedError("insufficient-funds", "the deposit does not cover the bid")

    def is_known(self, digest):
        return digest in self.placed

    def reserved(self, account):
        return sum(
            p.order.quantity * p.order.price
            for p in self.placed.values()
            if p.order.account == account and p.order.side is Side.BID and p.filled is None
        )

    def orders(self, account, first, last, after, limit):
        found = [
            p
            for p in self.placed.values()
            if p.order.account == account
            and first <= p.order.interval.start < last
            and (p.order.interval.start, p.digest) > after
        ]
        return sorted(found, key=lambda p: (p.order.interval.start, p.digest))[:limit]

    def trades(self, account, first, last, after, limit):
        found = [
            t
            for t in self.fills
            if t.fill.account == account
            and first <= t.interval.start < last
            and (t.interval.start, t.fill.digest) > after
        ]
        return sorted(found, key=lambda t: (t.interval.start, t.fill.digest))[:limit]

    def prices(self, community, first, last, limit):
        found = [
            r
            for r in self.records
            if r.interval.community == community and first <= r.interval.start < last
        ]
        return sorted(found, key=lambda r: r.interval.start)[:limit]


@dataclass
class MemoryTariffs:
    until: int = MIDNIGHT + 86_400

    def tariff(self, interval):
        return TARIFF if interval.start < self.until else None


@dataclass
class MemoryFees:
    announced: FeeSchedule = field(default_factory=FeeSchedule)

    def schedule(self):
        return self.announced

    def announce(self, rate, valid_from, account=2):
        fee = Fee(account, rate) if rate else NO_FEE
        self.announced = self.announced.with_announcements([AnnouncedFee(1, valid_from, fee)])


@dataclass
class MemoryToken:
    balances: dict[str, int]

    def balance_of(self, wallet):
        return self.balances.get(wallet, 0)


@dataclass
class MemoryFunds:
    registry: MemoryRegistry
    deposits: dict[str, int]
    owed: dict[int, int] = field(default_factory=dict)

    def available(self, account):
        wallet = self.registry.members[account].wallet
        return self.deposits.get(wallet, 0) - self.owed.get(account, 0)

    def revision(self):
        return 0


@dataclass
class MemoryStatements:
    shares: dict[int, list[SettledShare]] = field(default_factory=dict)

    def statement(self, community, account, first, last):
        lines = [
            s
            for s in self.shares.get(account, [])
            if first <= s.record.interval.start < last and s.record.interval.community == community
        ]
        return make_statement(account, first, last, lines)


@dataclass
class MemoryReading:
    reading: Reading
    gateway: int
    document: dict[str, Any]
    revision: int = 0
    salt: bytes = b"\x07" * 16
    proof: tuple[bytes, ...] = (b"\x08" * 32, b"\x09" * 32)


@dataclass
class MemoryReadings:
    owners: dict[int, int] = field(default_factory=dict)
    stored: list[MemoryReading] = field(default_factory=list)

    def readings_of(self, account, first, last, after, limit):
        def place(stored):
            return (stored.reading.interval.start, stored.reading.device)

        found = [
            s
            for s in self.stored
            if self.owners[s.reading.device] == account
            and first <= s.reading.interval.start < last
            and place(s) > after
        ]
        return sorted(found, key=place)[:limit]


class Caller:
    """A client of an application in this process, called without a network."""

    def __init__(self, app: Any, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://market.test"
        )
        self.headers: dict[str, str] = {}

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self.headers | dict(options.pop("headers", {}))
        return self._runner.run(self._client.request(method, path, headers=headers, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", path, **options)

    def close(self) -> None:
        self._runner.run(self._client.aclose())


@dataclass
class World:
    """Everything a test may look at or change."""

    services: Services
    clock: ManualClock
    registry: MemoryRegistry
    market: MemoryMarket
    statements: MemoryStatements
    readings: MemoryReadings
    tariffs: MemoryTariffs
    fees: MemoryFees
    energy: MemoryToken
    funds: MemoryFunds
    keys: dict[int, EvmKey]
    runner: asyncio.Runner
    callers: list[Caller] = field(default_factory=list)

    def app(self, **settings: Any) -> Any:
        """The application, with some settings of its own."""
        changed = replace(self.services.settings, **settings)
        return create_app(replace(self.services, settings=changed))

    def caller(self, app: Any = None) -> Caller:
        made = Caller(app or self.app(), self.runner)
        self.callers.append(made)
        return made

    def message(self, nonce: dict[str, Any], key: EvmKey, **changes: Any) -> str:
        """The sign-in message for a nonce, with some lines changed."""
        fields = {
            "domain": nonce["domain"],
            "address": key.address,
            "uri": nonce["uri"],
            "chain_id": nonce["chain_id"],
            "nonce": nonce["nonce"],
            "issued_at": nonce["issued_at"],
            "statement": nonce["statement"],
            "expiration_time": nonce["expiration_time"],
        }
        return SignInMessage(**(fields | changes)).to_text()

    def signed(self, text: str, key: EvmKey) -> dict[str, str]:
        """The body of a sign-in."""
        signature = key.sign(personal_message_digest(text))
        return {"message": text, "signature": "0x" + signature.hex()}

    def signed_in(self, account: int, caller: Caller | None = None, app: Any = None) -> Caller:
        """A caller that is signed in as an account."""
        caller = caller or self.caller(app)
        nonce = caller.post("/v1/sign-in/nonce").json()
        key = self.keys[account]
        answer = caller.post("/v1/sign-in", json=self.signed(self.message(nonce, key), key))
        assert answer.status_code == 201, answer.text
        caller.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return caller

    def order(self, account: int, salt: int = 1, signer: int | None = None, **changes: Any) -> dict:
        """The body of an order that an account (or another) signed."""
        fields = {
            "interval": Interval(1, MIDNIGHT + 3600, DURATION),
            "account": account,
            "side": Side.BID,
            "quantity": 1_500,
            "price": 14_000,
            "salt": salt,
        }
        order = Order(**(fields | changes))
        signature = self.keys[signer or account].sign(order_digest(DOMAIN, order))
        return {
            "community": order.interval.community,
            "interval_start": order.interval.start,
            "duration_s": order.interval.duration,
            "side": order.side.label,
            "quantity_wh": order.quantity,
            "price": order.price,
            "salt": f"0x{order.salt:032x}",
            "signature": "0x" + signature.hex(),
        }

    def record(self, quarter: int, price: int | None = 14_250) -> PriceRecord:
        """The price record of a quarter hour of the day."""
        return PriceRecord(
            interval=Interval(1, MIDNIGHT + quarter * DURATION, DURATION),
            status=ClearingStatus.NO_TRADE if price is None else ClearingStatus.CLEARED,
            price=price or 0,
            volume=0 if price is None else 5_000,
            tariff=TARIFF,
            price_hash=quarter.to_bytes(32, "big"),
        )

    def settle(self, account: int, quarter: int, bought: int, imported: int) -> None:
        """Put a settled line into an account's statement."""
        record = self.record(quarter)
        position = Position(account, bought, 0, imported, 0, 0)
        payment = record.price * bought + TARIFF.retail * max(0, imported - bought)
        share = SettledPosition(position, payment)
        line = SettledShare(record, share, b"\x77" * 32)
        self.statements.shares.setdefault(account, []).append(line)

    def meter(self, account: int, device: int, quarter: int, imported: int) -> None:
        """Put a reading of an account's device into the store."""
        self.readings.owners[device] = account
        interval = Interval(1, MIDNIGHT + quarter * DURATION, DURATION)
        reading = Reading(interval, device, imported, 0)
        document = {"type": "MeterReading", "device": device}
        self.readings.stored.append(MemoryReading(reading, 1, document))

    def trade(self, account: int, quarter: int, digest: bytes, bought: int) -> None:
        """Put a fill of an account into the market."""
        interval = Interval(1, MIDNIGHT + quarter * DURATION, DURATION)
        fill = Fill(digest, account, bought, 0, bought * 14_250)
        self.market.fills.append(Trade(interval, fill))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A community of two prosumers (1 and 2), one of them inactive (3), and its API."""
    keys = {number: EvmKey.from_secret(bytes([number]) * 32) for number in (1, 2, 3, 9)}
    registry = MemoryRegistry({number: Member(keys[number].address) for number in (1, 2, 3)})
    registry.members[3].active = False
    clock = ManualClock(MIDNIGHT)
    deposits = {keys[1].address: 10**9, keys[2].address: 10**9}
    market = MemoryMarket(clock, registry, deposits)
    statements, readings, tariffs = MemoryStatements(), MemoryReadings(), MemoryTariffs()
    funds = MemoryFunds(registry, deposits)
    fees = MemoryFees()
    energy = MemoryToken({keys[1].address: 4_200})
    engine = create_engine(f"sqlite:///{tmp_path / 'api.sqlite'}", connect_args={"timeout": 10})
    event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA journal_mode=WAL").close())
    metadata.create_all(engine)
    services = Services(
        settings=ApiSettings.at("http://market.test"),
        community=CommunityTerms(
            number=1,
            name="benetutti",
            duration=DURATION,
            gate_lead=GATE_LEAD,
            grid_account=4,
            mechanism="uniform-price",
            k=500,
        ),
        chain_id=CHAIN_ID,
        addresses=Addresses(
            registry=address(0xA0),
            market=MARKET,
            metering=address(0xA2),
            settlement=address(0xA3),
            currency=address(0xA4),
            energy=address(0xA5),
            agents=address(0xA6),
            order_entry=address(0xA7),
        ),
        operator=OPERATOR.address,
        clock=clock,
        engine=engine,
        registry=registry,
        desk=market,
        market=market,
        funds=funds,
        tariffs=tariffs,
        fees=fees,
        currency=MemoryToken(deposits),
        energy=energy,
        statements=statements,
        readings=readings,
    )
    with asyncio.Runner() as runner:
        made = World(
            services=services,
            clock=clock,
            registry=registry,
            market=market,
            statements=statements,
            readings=readings,
            tariffs=tariffs,
            fees=fees,
            energy=energy,
            funds=funds,
            keys=keys,
            runner=runner,
        )
        yield made
        for caller in made.callers:
            caller.close()
    engine.dispose()
