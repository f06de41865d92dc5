"""Stored energy through its contracts: into a battery, out of it, and from one to another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chain import errors
from chain.calls import Call
from chain.contracts.delivery import (
    DealStatus,
    DeliveryContracts,
    RequestStatus,
)
from chain.delivery_deployment import DeliveryDeployment, DeliveryRoles, deploy_delivery
from chain.development import advance_to
from chain.events import (
    ClaimsBurned,
    ClaimsMinted,
    ConsumptionEnded,
    DeliveryRecorded,
    RoleGranted,
    SaleFailed,
    SaleMatched,
    SaleSettled,
    read_events,
)
from chain.governance import acceptances
from chain.operations import operation_of
from chain.roles import (
    DEFAULT_ADMIN_ROLE,
    ESCROW_ROLE,
    ISSUER_ROLE,
    PAUSER_ROLE,
    VALIDATOR_ROLE,
)
from domain.delivery import Session
from domain.errors import InvalidValueError
from domain.interval import Interval
from identity import delivery_statements as say
from identity.keys import EvmKey

pytestmark = pytest.mark.chain

ALICE, BOB, CAROL = 2, 3, 4
# The neighbourhood's devices: Alice's PV, Bob's battery, Carol's battery; the dwelling is Alice's.
PV, BATTERY, OTHER_BATTERY = 1, 2, 3
PRICE, VOLUME = 15_000, 600
DAY = 86_400


@dataclass
class Storage:
    """The neighbourhood with its stored energy, and each process's steps as one call."""

    neighbourhood: object
    contracts: DeliveryContracts
    session: Session

    def __post_init__(self) -> None:
        near, at = self.neighbourhood, self.contracts
        self.chain, self.keys, self.send = near.chain, near.keys, near.send
        chain_id = self.chain.chain_id
        self.delivery_domain = say.delivery_domain(chain_id, at.record.address)
        self.consumption_domain = say.consumption_domain(chain_id, at.consumption.address)
        self.sale_domain = say.sale_domain(chain_id, at.sales.address)

    def relay(self, call: Call) -> None:
        self.send(self.keys.stranger, call)

    def gateway(self, digest: bytes) -> bytes:
        return self.keys.gateway.sign(digest)

    def validator(self, digest: bytes) -> bytes:
        return self.keys.validator.sign(digest)

    def claims(self, key: EvmKey, battery: int = BATTERY) -> int:
        return self.contracts.claims.balance_of(key.address, battery)

    def money(self, key: EvmKey) -> int:
        return self.neighbourhood.contracts.currency.balance_of(key.address)

    def events(self, kind):
        found = read_events(self.chain, self.contracts.deployment)
        return [event for event in found if isinstance(event, kind)]

    def confirm(self, delivered, received, usable, accounts, round_=0) -> None:
        record, session, domain = self.contracts.record, self.session, self.delivery_domain
        source = say.delivered_digest(domain, session, round_, delivered, accounts)
        battery = say.reception_digest(domain, session, round_, received, usable)
        self.relay(
            record.multicall(
                [
                    record.confirm_delivered(session, delivered, accounts, self.gateway(source)),
                    record.confirm_received(session, received, usable, self.gateway(battery)),
                ]
            )
        )

    def store(self, usable: int, accounts=(ALICE,)) -> None:
        accounts = list(accounts)
        self.confirm(usable, usable, usable, accounts)
        self.send(self.keys.validator, self.contracts.record.record(self.session, accounts))

    def request(self, amount: int) -> int:
        until = self.chain.block_time() + 900
        self.send(self.keys.alice, self.contracts.consumption.request(BATTERY, PV, amount, until))
        return self.contracts.consumption.request_count()

    def supply(self, request: int, supplied: int, received: int) -> None:
        escrow, domain = self.contracts.consumption, self.consumption_domain
        self.send(self.keys.validator, escrow.approve(request))
        out = self.gateway(say.supplied_digest(domain, request, BATTERY, supplied))
        arrived = self.gateway(say.supply_received_digest(domain, request, PV, received))
        self.relay(escrow.confirm_supplied(request, supplied, out))
        self.relay(escrow.confirm_received(request, received, arrived))

    def deal(self, quantity: int) -> int:
        sales, end = self.contracts.sales, self.chain.block_time() + 3_600
        self.send(self.keys.alice, sales.offer(BATTERY, 1_000, 200, 10_000, 20_000, end))
        self.send(self.keys.carol, sales.order(OTHER_BATTERY, quantity, 16_000, end))
        self.relay(self.match())
        return sales.deal_count()

    def match(self, price_hash: bytes | None = None) -> Call:
        sales, interval = self.contracts.sales, self.neighbourhood.interval
        recorded = self.neighbourhood.contracts.market.price_record(interval).price_hash
        offer, order = sales.offer_count(), sales.order_count()
        return sales.match_order(offer, order, interval, price_hash or recorded)

    def transfer(self, deal: int, sent: int, usable: int) -> None:
        sales, domain = self.contracts.sales, self.sale_domain
        out = self.gateway(say.sent_digest(domain, deal, BATTERY, sent))
        arrived = self.gateway(say.sale_received_digest(domain, deal, OTHER_BATTERY, usable))
        self.relay(sales.confirm_sent(deal, sent, out))
        self.relay(sales.confirm_received(deal, usable, arrived))


@pytest.fixture
def storage(delivery, neighbourhood) -> Storage:
    """Everything approved once, and a session of an interval that is over."""
    currency, claims = neighbourhood.contracts.currency, delivery.claims
    keys, send = neighbourhood.keys, neighbourhood.send
    for escrow in (delivery.consumption, delivery.sales):
        send(keys.alice, claims.set_approval_for_all(escrow.address, True))
    send(keys.carol, currency.approve(delivery.sales.address, 10**8))
    over = Interval(neighbourhood.interval.community, neighbourhood.interval.start - 3_600)
    return Storage(neighbourhood, delivery, Session(PV, BATTERY, over))


@pytest.fixture
def trading(storage) -> Storage:
    """Alice has 1,500 Wh of claims, and the price of the running interval is recorded."""
    near = storage.neighbourhood
    storage.store(1_500)
    book = [near.bid(CAROL, VOLUME, PRICE), near.offer(BOB, VOLUME, PRICE)]
    near.commit(book)
    near.close_gate()
    near.send(near.keys.stranger, near.clearing([book], PRICE, VOLUME))
    advance_to(near.chain, near.interval.start)
    return storage


def refused(error: str, call: Callable[[], object]) -> errors.ContractRefusedError:
    with pytest.raises(errors.refusal_class(error)) as refusal:
        call()
    return refusal.value


def test_everybody_has_the_role_it_needs_and_no_other(delivery, chain, keys) -> None:
    at = delivery.deployment
    granted = {
        (event.contract, event.role, event.account)
        for event in read_events(chain, at)
        if isinstance(event, RoleGranted)
    }
    processes = ("DeliveryRecord", "ConsumptionEscrow", "SaleEscrow")
    assert granted == {
        *((name, DEFAULT_ADMIN_ROLE, keys.admin.address) for name in at.names.values()),
        ("StoredEnergyToken", ISSUER_ROLE, at.record),
        ("StoredEnergyToken", ISSUER_ROLE, at.sales),
        ("StoredEnergyToken", ESCROW_ROLE, at.consumption),
        ("StoredEnergyToken", ESCROW_ROLE, at.sales),
        *((name, VALIDATOR_ROLE, keys.validator.address) for name in processes),
        *((name, PAUSER_ROLE, keys.pauser.address) for name in processes),
    }


def test_deployments_there_and_back(delivery, chain) -> None:
    at = delivery.deployment
    assert DeliveryDeployment.from_json(json.loads(json.dumps(at.to_json()))) == at
    for change, field in (
        ({"claims": "0x12"}, "claims"),
        ({"sales": 12}, "sales"),
        ({"block": "12"}, "block"),
        ({"surplus": 1}, "delivery deployment"),
    ):
        with pytest.raises(InvalidValueError) as error:
            DeliveryDeployment.from_json({**at.to_json(), **change})
        assert error.value.field == field
    elsewhere = DeliveryDeployment.from_json({**at.to_json(), "chain_id": 1})
    with pytest.raises(InvalidValueError, match="chain_id"):
        DeliveryContracts(chain, elsewhere)


def test_limits_can_be_read(delivery, keys, send) -> None:
    assert (delivery.claims.symbol(), delivery.claims.decimals()) == ("cwSTO", 3)
    assert delivery.claims.name() == "Commonwatt Stored Energy"
    assert delivery.claims.uri(BATTERY) == ""
    assert delivery.record.account_limit() == 100
    assert delivery.consumption.report_period() == delivery.sales.delivery_period() == DAY
    assert delivery.consumption.longest_ahead() == 30 * DAY
    assert (delivery.sales.fee_rate(), delivery.sales.fee_account()) == (0, None)
    assert delivery.sales.fee_limit() == 10_000
    assert delivery.consumption.requests(1) is None
    assert delivery.sales.offers(1) is delivery.sales.orders(1) is delivery.sales.deals(1) is None
    for process, name in (
        (delivery.record, "Commonwatt Delivery"),
        (delivery.consumption, "Commonwatt Consumption"),
        (delivery.sales, "Commonwatt Sale"),
    ):
        assert process.eip712_domain()[1] == name
        send(keys.pauser, process.pause())
        assert process.paused()
        refused(
            "AccessControlUnauthorizedAccount",
            lambda process=process: send(keys.pauser, process.unpause()),
        )
        send(keys.admin, process.unpause())
        assert not process.paused()
    assert not delivery.sales.paused()
    with pytest.raises(InvalidValueError, match="call"):
        delivery.record.multicall([delivery.sales.close_offer(1)])


class TestDelivery:
    def test_shares_of_what_is_usable(self, storage) -> None:
        record, session = storage.contracts.record, storage.session
        accounts = [ALICE, BOB, CAROL]
        storage.confirm(1_100, 1_050, 1_000, accounts)
        said = record.delivery(record.delivery_id(session))
        assert (said.delivered, said.received, said.usable, said.recorded) == (
            1_100,
            1_050,
            1_000,
            False,
        )
        digest = say.delivery_validation_digest(
            storage.delivery_domain, session, 0, 1_100, 1_050, 1_000, accounts
        )
        storage.relay(record.record(session, accounts, storage.validator(digest)))
        holders = (storage.keys.alice, storage.keys.bob, storage.keys.carol)
        assert [storage.claims(key) for key in holders] == [334, 333, 333]
        addresses = [key.address for key in holders]
        assert storage.contracts.claims.balance_of_batch(addresses, [BATTERY] * 3) == [
            334,
            333,
            333,
        ]
        assert storage.contracts.claims.supply_of(BATTERY) == 1_000
        (recorded,) = storage.events(DeliveryRecorded)
        assert (recorded.interval, recorded.accounts) == (session.interval, tuple(accounts))
        assert recorded.process == digest
        assert {event.process for event in storage.events(ClaimsMinted)} == {digest}

    def test_nothing_twice(self, storage) -> None:
        storage.store(1_000)
        again = storage.contracts.record.record(storage.session, [ALICE])
        refused("AlreadyRecorded", lambda: storage.send(storage.keys.validator, again))

    def test_a_mismatch_is_rejected_and_stated_anew(self, storage) -> None:
        record, session = storage.contracts.record, storage.session
        storage.confirm(1_000, 1_100, 1_000, [ALICE])
        call = record.record(session, [ALICE])
        refusal = refused("DeliveryMismatch", lambda: storage.send(storage.keys.validator, call))
        assert refusal.arguments == {"delivered": 1_000, "received": 1_100, "usable": 1_000}
        storage.send(storage.keys.validator, record.reject(session))
        assert record.delivery(record.delivery_id(session)).round == 1
        storage.confirm(1_100, 1_100, 1_000, [ALICE], round_=1)
        storage.send(storage.keys.validator, call)
        assert storage.claims(storage.keys.alice) == 1_000

    def test_only_gateways_and_validators_speak(self, storage) -> None:
        record, session, keys = storage.contracts.record, storage.session, storage.keys
        digest = say.delivered_digest(storage.delivery_domain, session, 0, 5, [ALICE])
        forged = record.confirm_delivered(session, 5, [ALICE], keys.alice.sign(digest))
        refusal = refused("InvalidDeviceSignature", lambda: storage.relay(forged))
        assert refusal.arguments["recovered"] == keys.alice.address
        storage.confirm(5, 5, 5, [ALICE])
        refused("NotAValidator", lambda: storage.relay(record.record(session, [ALICE])))


class TestConsumption:
    def test_what_was_supplied_ends_and_the_rest_comes_back(self, storage) -> None:
        storage.store(1_500)
        escrow = storage.contracts.consumption
        request = storage.request(1_000)
        assert storage.claims(storage.keys.alice) == 500
        storage.supply(request, 900, 880)
        digest = say.supply_validation_digest(storage.consumption_domain, request, 900, 880)
        storage.relay(escrow.settle(request, storage.validator(digest)))
        assert storage.claims(storage.keys.alice) == 600
        assert storage.contracts.claims.supply_of(BATTERY) == 600
        entry = escrow.requests(request)
        assert entry is not None
        assert (entry.status, entry.supplied, entry.received) == (RequestStatus.SETTLED, 900, 880)

    def test_the_burn_names_every_step(self, storage) -> None:
        storage.store(1_500)
        request = storage.request(1_000)
        storage.supply(request, 900, 880)
        storage.send(storage.keys.validator, storage.contracts.consumption.settle(request))
        at = storage.contracts.deployment
        steps = [
            event.process
            for event in read_events(storage.chain, at)
            if getattr(event, "request", None) == request and hasattr(event, "process")
        ]
        (burned,) = storage.events(ClaimsBurned)
        assert list(burned.process) == steps
        assert len(steps) == 5

    def test_a_mismatch_is_rejected(self, storage) -> None:
        storage.store(1_500)
        escrow, keys = storage.contracts.consumption, storage.keys
        request = storage.request(1_000)
        storage.supply(request, 900, 901)
        refused("SupplyMismatch", lambda: storage.send(keys.validator, escrow.settle(request)))
        storage.send(keys.validator, escrow.reject(request))
        assert storage.claims(keys.alice) == 1_500
        (ended,) = storage.events(ConsumptionEnded)
        assert (ended.reason, ended.refunded) == (RequestStatus.REJECTED, 1_000)

    def test_cancelling_and_expiring(self, storage) -> None:
        storage.store(1_500)
        escrow, keys = storage.contracts.consumption, storage.keys
        storage.send(keys.alice, escrow.cancel(storage.request(700)))
        request = storage.request(1_000)
        storage.supply(request, 900, 900)
        refused("RequestNotExpired", lambda: storage.relay(escrow.expire(request)))
        advance_to(storage.chain, storage.chain.block_time() + 900 + DAY)
        storage.send(keys.alice, escrow.expire(request))
        assert storage.claims(keys.alice) == 1_500
        refused("WrongRequestStatus", lambda: storage.relay(escrow.settle(request)))


class TestSale:
    def test_delivery_versus_payment(self, trading) -> None:
        sales, keys = trading.contracts.sales, trading.keys
        money = trading.money(keys.carol)
        deal = trading.deal(600)
        assert sales.escrowed_money() == 600 * 16_000
        trading.transfer(deal, 600, 570)
        digest = say.sale_validation_digest(trading.sale_domain, deal, 600, 570)
        trading.relay(sales.settle(deal, trading.validator(digest)))

        assert trading.money(keys.carol) == money - 600 * PRICE
        assert trading.claims(keys.carol, OTHER_BATTERY) == 570
        assert trading.contracts.claims.supply_of(BATTERY) == 900
        offer = sales.offers(1)
        assert offer is not None
        assert (offer.remaining, offer.open) == (400, True)
        order = sales.orders(1)
        assert order is not None
        assert (order.remaining, order.open) == (0, False)
        entry = sales.deals(deal)
        assert entry is not None
        assert (entry.status, entry.price) == (DealStatus.SETTLED, PRICE)
        (matched,), (settled,) = trading.events(SaleMatched), trading.events(SaleSettled)
        assert matched.interval == trading.neighbourhood.interval
        assert (settled.payment, settled.fee, settled.refund) == (600 * PRICE, 0, 600 * 1_000)
        assert sales.escrowed_money() == 0

    def test_less_than_the_minimum_goes_back(self, trading) -> None:
        sales, keys = trading.contracts.sales, trading.keys
        deal = trading.deal(900)
        trading.transfer(deal, 900, 900)
        trading.send(keys.validator, sales.settle(deal))
        assert trading.claims(keys.alice) == 600
        assert sales.offers(1).open is False

    def test_a_fee(self, trading) -> None:
        sales, keys = trading.contracts.sales, trading.keys
        trading.send(keys.admin, sales.set_fee(500, BOB))
        assert (sales.fee_rate(), sales.fee_account()) == (500, BOB)
        bob, alice = trading.money(keys.bob), trading.money(keys.alice)
        deal = trading.deal(600)
        trading.transfer(deal, 600, 600)
        trading.send(keys.validator, sales.settle(deal))
        assert trading.money(keys.bob) == bob + 600 * 500
        assert trading.money(keys.alice) == alice + 600 * (PRICE - 500)

    def test_only_at_the_recorded_price(self, trading) -> None:
        sales, keys = trading.contracts.sales, trading.keys
        end = trading.chain.block_time() + 3_600
        trading.send(keys.alice, sales.offer(BATTERY, 1_000, 200, 10_000, 20_000, end))
        trading.send(keys.carol, sales.order(OTHER_BATTERY, 600, PRICE - 1, end))
        refused("PriceHashMismatch", lambda: trading.relay(trading.match(b"\1" * 32)))
        refused("PriceAboveLimit", lambda: trading.relay(trading.match()))
        advance_to(trading.chain, trading.neighbourhood.interval.end)
        refused("NotTheRunningInterval", lambda: trading.relay(trading.match()))

    def test_a_mismatch_is_rejected(self, trading) -> None:
        sales, keys = trading.contracts.sales, trading.keys
        money = trading.money(keys.carol)
        deal = trading.deal(600)
        trading.transfer(deal, 600, 601)
        refused("TransferMismatch", lambda: trading.send(keys.validator, sales.settle(deal)))
        trading.send(keys.validator, sales.reject(deal))
        assert trading.money(keys.carol) == money
        assert sales.offers(1).remaining == 1_000
        (failed,) = trading.events(SaleFailed)
        assert (failed.failure, failed.refund) == (DealStatus.REJECTED, 600 * 16_000)

    def test_everybody_leaves_alone_during_a_pause(self, trading) -> None:
        sales, keys = trading.contracts.sales, trading.keys
        money = trading.money(keys.carol)
        deal = trading.deal(600)
        end = trading.chain.block_time() + 3_600
        trading.send(keys.carol, sales.order(OTHER_BATTERY, 300, 16_000, end))
        trading.send(keys.pauser, sales.pause())
        refused("EnforcedPause", lambda: trading.relay(trading.match()))
        trading.send(keys.carol, sales.close_order(2))
        refused("DealNotExpired", lambda: trading.relay(sales.expire(deal)))
        advance_to(trading.chain, trading.chain.block_time() + DAY)
        trading.send(keys.carol, sales.expire(deal))
        trading.send(keys.alice, sales.close_offer(1))
        assert trading.money(keys.carol) == money
        assert trading.claims(keys.alice) == 1_500
        assert sales.escrowed_money() == 0

    def test_money_sent_by_mistake(self, trading) -> None:
        sales, keys = trading.contracts.sales, trading.keys
        currency, money = trading.neighbourhood.contracts.currency, trading.money(keys.carol)
        trading.send(keys.carol, currency.transfer(sales.address, 77))
        trading.send(keys.admin, sales.recover_surplus(keys.carol.address))
        assert trading.money(keys.carol) == money


def test_claims_are_an_ordinary_token(storage) -> None:
    storage.store(1_000)
    claims, keys = storage.contracts.claims, storage.keys
    alice, bob = keys.alice.address, keys.bob.address
    storage.send(keys.alice, claims.safe_transfer_from(alice, bob, BATTERY, 300))
    storage.send(keys.bob, claims.safe_batch_transfer_from(bob, alice, [BATTERY], [100]))
    assert (claims.balance_of(alice, BATTERY), claims.balance_of(bob, BATTERY)) == (800, 200)
    assert claims.is_approved_for_all(alice, storage.contracts.sales.address)
    escrow = storage.contracts.sales.address
    by_mistake = claims.safe_transfer_from(alice, escrow, BATTERY, 1)
    refused("ERC1155InvalidReceiver", lambda: storage.send(keys.alice, by_mistake))
    for call in (
        claims.mint(alice, BATTERY, 1, bytes(32)),
        claims.burn(BATTERY, 1, []),
        claims.escrow_transfer(alice, bob, BATTERY, 1),
    ):
        refused(
            "AccessControlUnauthorizedAccount", lambda call=call: storage.send(keys.alice, call)
        )
    held = claims.revoke_role(claims.escrow_role(), escrow)
    refused("EscrowIsForGood", lambda: storage.send(keys.admin, held))


class TestGovernance:
    """Beside a market that is handed over to a timelock."""

    def test_the_markets_timelock_takes_over(self, governed, chain, keys, send) -> None:
        roles = DeliveryRoles(keys.validator.address, keys.pauser.address)
        at = deploy_delivery(chain, keys.admin, governed.deployment, roles)
        contracts, timelock = DeliveryContracts(chain, at), governed.timelock
        clients = (contracts.claims, contracts.record, contracts.consumption, contracts.sales)
        for client in clients:
            pending = client.pending_default_admin()
            assert pending is not None
            assert (client.default_admin(), pending.address) == (
                keys.admin.address,
                timelock.address,
            )
        take_over = operation_of(acceptances(at.names))
        send(keys.proposer, take_over.schedule(timelock))
        advance_to(chain, chain.block_time() + DAY + 1)
        send(keys.stranger, take_over.execute(timelock))
        assert {client.default_admin() for client in clients} == {timelock.address}

        send(keys.pauser, contracts.sales.pause())
        end = contracts.sales.unpause()
        refused("AccessControlUnauthorizedAccount", lambda: send(keys.admin, end))
        remedy = operation_of([end])
        send(keys.proposer, remedy.schedule(timelock))
        advance_to(chain, chain.block_time() + DAY)
        send(keys.stranger, remedy.execute(timelock))
        assert not contracts.sales.paused()

    def test_who_does_not_administer_the_currency_creates_nothing(
        self, deployment, chain, keys
    ) -> None:
        roles = DeliveryRoles(keys.validator.address, keys.pauser.address)
        before = chain.transaction_count(keys.stranger.address)
        refused(
            "AccessControlUnauthorizedAccount",
            lambda: deploy_delivery(chain, keys.stranger, deployment, roles),
        )
        assert chain.transaction_count(keys.stranger.address) == before
