"""The API over the real desk, records, statements and readings in one database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import sessionmaker

from chain.commitments import mechanism_id
from chain.contracts import ChosenMechanism, Community
from domain.fee import Fee
from domain.interval import Interval
from domain.order import Side
from domain.position import Position
from domain.trade import Fill
from domain.units import Account
from identity.canonical import canonical_bytes
from identity.hashing import keccak256
from identity.keys import EvmKey, recover
from identity.merkle import MerkleTree, reading_leaf, verify_proof
from identity.typed_data import market_domain, withdrawal_digest, withdrawal_receipt_digest
from market.book import ClearedPrice
from market.desk import OrderDesk
from market.records import MarketRecords
from market.repository.outcomes import OutcomeRepository
from market.tables import Base as MarketBase
from oracle.records import MeterRecords
from oracle.tables import Base as OracleBase
from oracle.tables import ReadingBatch, SignedReading
from settlement.repository import SettlementRepository
from settlement.service import Settlements
from settlement.settled import SettledInterval, SettledPosition, SettlementVersion
from settlement.tables import SettlementBase
from wallet_api.app import create_app

MIDNIGHT = 1743465600
DAY = {"from": MIDNIGHT, "to": MIDNIGHT + 86_400}
OPERATOR = EvmKey.from_secret(b"\x0f" * 32)


class NoAgents:
    def permits(self, account, agent, time, side, quantity, price):
        return False


class OneCommunity:
    def community(self, community):
        return Community(900, 900, 4) if community == 1 else None

    def mechanism(self, community):
        return ChosenMechanism(mechanism_id("pay-as-bid"), 500) if community == 1 else None


@pytest.fixture
def rooms(world):
    """The world of the other tests with the rooms' own classes in it."""
    services = world.services
    engine = services.engine
    for base in (MarketBase, OracleBase, SettlementBase):
        base.metadata.create_all(engine)
    desk = OrderDesk(
        engine,
        domain=market_domain(services.chain_id, services.addresses.market),
        operator=OPERATOR,
        members=world.registry,
        agents=NoAgents(),
        communities=OneCommunity(),
        funds=world.funds,
        fees=world.fees,
        clock=world.clock,
    )
    world.services = replace(
        services,
        desk=desk,
        market=MarketRecords(engine, world.clock, world.fees),
        statements=Settlements(engine),
        readings=MeterRecords(sessionmaker(engine)),
    )
    return world


def test_an_order_goes_through_the_real_desk(rooms):
    app = create_app(rooms.services)
    caller = rooms.signed_in(1, app=app)
    body = rooms.order(1)
    first = caller.post("/v1/orders", json=body)
    assert first.status_code == 201, first.text
    assert caller.post("/v1/orders", json=body).status_code == 200
    (listed,) = caller.get("/v1/orders", params=DAY).json()["items"]
    assert listed["digest"] == first.json()["digest"]
    assert listed["filled_wh"] is None
    assert caller.get("/v1/balances").json()["reserved"] == 1_500 * 14_000
    assert rooms.signed_in(2, app=app).get("/v1/orders", params=DAY).json()["items"] == []


def test_the_fee_is_told_in_advance_and_demanded_of_a_bid(rooms):
    caller = rooms.signed_in(1, app=create_app(rooms.services))
    told = caller.get("/v1/community").json()
    assert told["fee"] == {"mct_per_kwh": 0, "account": None}
    assert told["next_fee"] is None
    rooms.fees.announce(700, MIDNIGHT - 900)
    rooms.fees.announce(0, MIDNIGHT + 3600)
    told = caller.get("/v1/community").json()
    assert told["fee"] == {"mct_per_kwh": 700, "account": 2}
    assert told["next_fee"] == {"mct_per_kwh": 0, "account": None, "valid_from": MIDNIGHT + 3600}
    rates = {one["interval_start"]: one["fee_mct_per_kwh"] for one in told["intervals"]}
    assert (rates[MIDNIGHT + 2700], rates[MIDNIGHT + 3600]) == (700, 0)

    early = {"interval": Interval(1, MIDNIGHT + 2700), "quantity": 10**5}
    dear = caller.post("/v1/orders", json=rooms.order(1, price=9_301, **early))
    assert (dear.status_code, dear.json()["code"]) == (409, "insufficient-funds")
    assert "fees included" in dear.json()["detail"]
    assert caller.post("/v1/orders", json=rooms.order(1, price=9_300, **early)).status_code == 201
    balances = caller.get("/v1/balances").json()
    assert (balances["reserved"], balances["available"]) == (10**9, 0)


def test_an_order_is_taken_back_at_the_real_desk(rooms):
    app = create_app(rooms.services)
    caller, stranger = rooms.signed_in(1, app=app), rooms.signed_in(2, app=app)
    digest = caller.post("/v1/orders", json=rooms.order(1)).json()["digest"]
    domain = market_domain(rooms.services.chain_id, rooms.services.addresses.market)
    signed = withdrawal_digest(domain, bytes.fromhex(digest[2:]))
    address = f"/v1/orders/{digest}"

    def take_back(who, key):
        return who.delete(address, params={"signature": "0x" + key.sign(signed).hex()})

    mine, theirs = (rooms.keys[account] for account in (1, 2))
    answer = take_back(stranger, theirs)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-order")
    answer = take_back(caller, theirs)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong-signer")
    answer = take_back(caller, mine)
    assert answer.status_code == 200, answer.text
    assert answer.json()["digest"] == digest
    assert answer.json()["withdrawn_at"] == rooms.clock.now()
    receipt = bytes.fromhex(answer.json()["receipt"][2:])
    promise = withdrawal_receipt_digest(domain, bytes.fromhex(digest[2:]), rooms.clock.now())
    assert recover(promise, receipt) == OPERATOR.address
    assert take_back(caller, mine).json() == answer.json()
    (listed,) = caller.get("/v1/orders", params=DAY).json()["items"]
    assert listed["cancelled"] is True
    assert caller.get("/v1/balances").json()["reserved"] == 0
    again = caller.post("/v1/orders", json=rooms.order(1))
    assert again.status_code == 409
    assert again.json()["type"] == "/problems/order-withdrawn"
    malformed = caller.delete(address, params={"signature": "0x00"})
    assert (malformed.status_code, malformed.json()["code"]) == (422, "invalid-value")


def test_refusals_of_the_real_desk_keep_their_codes(rooms):
    caller = rooms.signed_in(1, app=create_app(rooms.services))

    def refusal(body):
        answer = caller.post("/v1/orders", json=body)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["code"], answer.json()["type"]

    wrong = refusal(rooms.order(1, signer=2))
    assert wrong == (403, "wrong-signer", "/problems/wrong-signer")
    dear = refusal(rooms.order(1, quantity=10**6, price=10**6))
    assert dear == (409, "insufficient-funds", "/problems/insufficient-funds")
    late = refusal(rooms.order(1, interval=Interval(1, MIDNIGHT)))
    assert late == (409, "gate-closed", "/problems/gate-closed")
    malleable = rooms.order(1) | {"signature": "0x" + "ff" * 64 + "1b"}
    assert refusal(malleable)[:2] == (422, "invalid-value")
    rooms.registry.members[1].active = False
    barred = refusal(rooms.order(1))
    assert barred == (403, "inactive-account", "/problems/inactive-account")


def test_too_many_orders_in_an_interval_are_refused(rooms):
    caller = rooms.signed_in(1, app=create_app(rooms.services))
    many = [rooms.order(1, salt=n, side=Side.OFFER) for n in range(100)]
    results = caller.post("/v1/orders/batch", json={"orders": many}).json()["results"]
    assert {result["status"] for result in results} == {201}
    extra = caller.post("/v1/orders", json=rooms.order(1, salt=100, side=Side.OFFER))
    assert (extra.status_code, extra.json()["code"]) == (409, "too-many-orders")


def test_outcomes_reach_their_owner_alone(rooms):
    app = create_app(rooms.services)
    record = rooms.record(4)
    digest = b"\x44" * 32
    sessions = sessionmaker(rooms.services.engine)
    with sessions.begin() as session:
        fill = Fill(digest, 1, 500, 0, 500 * record.price)
        OutcomeRepository(session).add(ClearedPrice(record, 14_000, 14_500), [fill])
        position = Position(1, 500, 0, 700, 0, 100)
        share = SettledPosition(position, 500 * record.price + 200 * 30_000)
        SettlementRepository(session).add(
            SettledInterval(record, (share,), share.payment, b"\x01" * 32, b"\x02" * 32, MIDNIGHT)
        )
        _store_reading(session, record.interval)
    owner, other = rooms.signed_in(1, app=app), rooms.signed_in(2, app=app)
    for path in ("trades", "readings"):
        assert len(owner.get(f"/v1/{path}", params=DAY).json()["items"]) == 1
        assert other.get(f"/v1/{path}", params=DAY).json()["items"] == []
    (line,) = owner.get("/v1/statements", params=DAY).json()["lines"]
    assert (line["residual_wh"], line["certificates_wh"]) == (200, 100)
    assert other.get("/v1/statements", params=DAY).json()["lines"] == []
    (price,) = other.get("/v1/prices", params=DAY).json()["items"]
    assert price["lem"] == record.price


def test_where_pairs_have_prices_of_their_own_everybody_sees_what_it_paid(rooms):
    """The recorded price is 14,250; the owner's 500 Wh cost 12,000 and 300 of them more."""
    app = create_app(rooms.services)
    record = replace(rooms.record(4), allocation_hash=b"\x0a" * 32)
    paid = 300 * 12_000 + 200 * 17_000
    with sessionmaker(rooms.services.engine).begin() as session:
        fill = Fill(b"\x44" * 32, 1, 500, 0, paid)
        OutcomeRepository(session).add(ClearedPrice(record, 14_000, 14_500), [fill])
        share = SettledPosition(Position(1, 500, 0, 700, 0, 100), paid + 200 * 30_000)
        settled = (record, (share,), share.payment, b"\x01" * 32, b"\x02" * 32, MIDNIGHT)
        SettlementRepository(session).add(SettledInterval(*settled))
    owner = rooms.signed_in(1, app=app)
    (trade,) = owner.get("/v1/trades", params=DAY).json()["items"]
    assert (trade["quantity_wh"], trade["payment"]) == (500, paid)
    statement = owner.get("/v1/statements", params=DAY).json()
    (line,) = statement["lines"]
    assert (line["price"], line["trade_payment"]) == (14_250, paid)
    assert line["payment"] == paid + 200 * 30_000
    assert line["saving"] == 700 * 30_000 - line["payment"]
    assert statement["totals"]["trade_payment"] == paid
    assert rooms.services.market.price(record.interval).record == record


def test_a_statement_says_what_a_fee_and_a_correction_came_to(rooms):
    """700 Wh were metered where 650 were taken for it: 50 more at the retail price."""
    record, fee = rooms.record(4), Fee(Account(2), 1_000)
    traded = 500 * record.price
    shares = [
        SettledPosition(
            Position(1, 500, 0, imported, 0, 100),
            traded + fee.on(500) + (imported - 500) * 30_000,
            fee.on(500),
        )
        for imported in (650, 700)
    ]
    former, version = (
        SettlementVersion((share,), share.payment - share.fee, bytes([n]) * 32, b"\x02" * 32, n)
        for n, share in enumerate(shares, start=1)
    )
    now = SettledInterval(
        record,
        version.positions,
        version.grid_payment,
        version.positions_hash,
        version.transaction_hash,
        version.settled_at,
        fee,
        (former,),
    )
    with sessionmaker(rooms.services.engine).begin() as session:
        SettlementRepository(session).add(now)
    owner = rooms.signed_in(1, app=create_app(rooms.services))
    statement = owner.get("/v1/statements", params=DAY).json()
    (line,) = statement["lines"]
    assert line["payment"] == traded + 500_000 + 200 * 30_000
    assert (line["trade_payment"], line["fee"]) == (traded, 500_000)
    assert (line["corrections"], line["correction_payment"]) == (1, 50 * 30_000)
    assert statement["totals"]["fee"] == 500_000
    assert rooms.services.statements.interval(record.interval) == now


def test_a_reading_comes_with_what_proves_it(rooms):
    sessions = sessionmaker(rooms.services.engine)
    with sessions.begin() as session:
        _store_reading(session, Interval(1, MIDNIGHT), neighbours=2)
    caller = rooms.signed_in(1, app=create_app(rooms.services))
    (reading,) = caller.get("/v1/readings", params=DAY).json()["items"]
    hashed, salt = (bytes.fromhex(reading[name][2:]) for name in ("document_hash", "salt"))
    assert hashed == keccak256(canonical_bytes(reading["document"]))
    proof = [bytes.fromhex(sibling[2:]) for sibling in reading["proof"]]
    leaves = [_leaf(device) for device in (1, 2, 3)]
    totals_hash = proof.pop()
    assert verify_proof(MerkleTree(leaves).root, reading_leaf(salt, hashed), proof)
    assert not verify_proof(MerkleTree(leaves[:2]).root, reading_leaf(salt, hashed), proof)
    (signed,) = rooms.services.readings.attestations(Interval(1, MIDNIGHT))
    assert totals_hash == signed.attestation.totals_hash
    assert reading["revision"] == 0


def _document(device):
    return canonical_bytes({"type": "MeterReading", "device": device})


def _leaf(device):
    return reading_leaf(bytes([device]) * 16, keccak256(_document(device)))


def _store_reading(session, interval, neighbours=0):
    place = {"community": 1, "start": interval.start, "duration": interval.duration}
    batch = ReadingBatch(
        **place,
        gateway=1,
        sequence=1,
        root=b"\x05" * 32,
        count=1,
        imported=700,
        exported=0,
        signature=b"\x06" * 65,
        received_at=MIDNIGHT,
        relayed=False,
        revision=0,
        pending=False,
        unsettled=False,
    )
    session.add(batch)
    session.flush()
    for device in range(1, neighbours + 2):
        session.execute(
            insert(SignedReading).values(
                **place,
                batch_id=batch.id,
                place=device - 1,
                device=device,
                account=device,
                imported=700,
                exported=0,
                salt=bytes([device]) * 16,
                document=_document(device).decode(),
            )
        )
