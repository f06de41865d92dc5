"""The auditor's own positions, and the registry replayed from events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.contracts import ParticipantRole
from chain.events import (
    DeviceRegistered,
    GatewayRegistered,
    GatewayRevoked,
    ParticipantActivitySet,
    ParticipantRegistered,
)
from domain.allocation import AllocationRow, allocate, pack_allocation
from domain.errors import InvalidValueError
from domain.fee import Fee
from domain.interval import Interval
from domain.reading import Metered
from domain.tariff import Tariff
from domain.trade import Fill
from domain.units import Account, MillicentPerKilowattHour, Money, WattHours
from identity.hashing import keccak256
from settlement.audit.allocation import Share, allocation_hash, paid_by_account
from settlement.audit.findings import Check, Ledger, Place, show
from settlement.audit.positions import (
    Tally,
    amount_due,
    certificates_due,
    fee_due,
    settle,
    total,
)
from settlement.audit.registry import RegistryHistory
from settlement.positions import grid_payment, payment, positions

ENERGY = st.integers(0, 900)


@st.composite
def tallies(draw: st.DrawFn) -> dict[int, Tally]:
    """Accounts whose purchases and sales add up to the same."""
    accounts = draw(st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=6, unique=True))
    drawn = {one: Tally(*(draw(ENERGY) for _ in range(4))) for one in accounts}
    lacking = sum(tally.bought - tally.sold for tally in drawn.values())
    last = drawn[accounts[-1]]
    last.sold += max(lacking, 0)
    last.bought += max(-lacking, 0)
    return drawn


@given(
    tallies(),
    st.integers(-5_000, 50_000),
    st.integers(-5_000, 50_000),
    st.integers(0, 9_000),
    st.integers(0, 10_000),
)
def test_the_auditor_and_the_settler_agree_without_sharing_code(
    drawn: dict[int, Tally], price: int, feed_in: int, margin: int, rate: int
) -> None:
    fee = Fee(Account(7), MillicentPerKilowattHour(rate))
    tariff = Tariff(MillicentPerKilowattHour(feed_in), MillicentPerKilowattHour(feed_in + margin))
    for tally in drawn.values():
        tally.paid = price * (tally.bought - tally.sold)
    fills = [
        Fill(bytes(32), Account(account), WattHours(bought), WattHours(sold), Money(paid))
        for account, tally in drawn.items()
        for bought, sold, paid in (
            (tally.bought, 0, price * tally.bought),
            (0, tally.sold, -price * tally.sold),
        )
    ]
    allocation = allocate(fills)
    metered = {
        Account(account): Metered(WattHours(tally.imported), WattHours(tally.exported))
        for account, tally in drawn.items()
    }
    own = settle(drawn)
    assert own == positions(allocation, metered)
    paid = {account: tally.paid for account, tally in drawn.items()}
    assert {row.account: row.payment for row in allocation} == paid
    payments = [payment(entry, Money(paid[entry.account]), tariff, fee) for entry in own]
    assert [amount_due(entry, paid[entry.account], tariff, fee) for entry in own] == payments
    fees = [fee.on(entry.bought) for entry in own]
    assert fee_due(own, fee) == sum(fees)
    assert total(own, paid, tariff) == grid_payment(payments, fees)
    exported = sum(tally.exported for tally in drawn.values())
    assert sum(certificates_due(entry) for entry in own) == exported


def test_positions_worked_out_by_hand() -> None:
    first, second = settle({2: Tally(bought=10, imported=4), 1: Tally(sold=10, exported=7)})
    assert (first.account, first.residual, first.certificates) == (1, 3, 0)
    assert (second.account, second.residual, second.certificates) == (2, -6, 7)
    tariff = Tariff(MillicentPerKilowattHour(-2), MillicentPerKilowattHour(5))
    # Sold 10 at 3, bought the 3 missing at 5; bought 10 at 3 and 2 of fee, paid 2 to feed in 6.
    fee = Fee(Account(3), MillicentPerKilowattHour(2))
    assert amount_due(first, -30, tariff, fee) == -30 + 15
    assert amount_due(second, 30, tariff, fee) == 30 + 12 + 20
    assert fee_due([first, second], fee) == 20
    assert total([first, second], {1: -30, 2: 30}, tariff) == 15 + 12
    assert (certificates_due(first), certificates_due(second)) == (0, 7)


def test_an_allocation_is_hashed_account_by_account() -> None:
    shares = [Share(7, 5, 0, 50), Share(2, 0, 6, -60), Share(7, 1, 0, 10)]
    rows = [
        AllocationRow(Account(2), WattHours(0), WattHours(6), Money(-60)),
        AllocationRow(Account(7), WattHours(6), WattHours(0), Money(60)),
    ]
    assert allocation_hash(shares) == keccak256(pack_allocation(rows))
    assert paid_by_account(shares) == {2: -60, 7: 60}
    with pytest.raises(InvalidValueError, match="bought"):
        allocation_hash([Share(1, 2**31, 0, 0), Share(1, 2**31, 0, 0)])


def at(block: int, index: int = 0) -> dict[str, object]:
    return {
        "contract": "Registry",
        "block_number": block,
        "block_time": 0,
        "transaction_hash": bytes(32),
        "log_index": index,
    }


def test_activity_is_judged_at_its_time() -> None:
    wallet = "0x" + "11" * 20
    history = RegistryHistory.replay(
        [
            ParticipantRegistered(
                **at(3),
                account=1,
                wallet=wallet,
                credential_hash=bytes(32),
                role=ParticipantRole.PROSUMER,
            ),
            ParticipantActivitySet(**at(5, 2), account=1, active=False),
            ParticipantActivitySet(**at(9), account=1, active=True),
        ]
    )
    moments = [(2, 0), (3, 0), (3, 1), (5, 2), (5, 3), (9, 0), (9, 1)]
    states = [history.is_active(1, moment) for moment in moments]
    assert states == [False, False, True, True, False, False, True]
    assert history.is_active(1)
    assert not history.is_active(2)


def test_a_revoked_gateway_is_valid_until_its_revocation() -> None:
    history = RegistryHistory.replay(
        [
            GatewayRegistered(
                **at(1),
                gateway=1,
                evm_key="0x" + "22" * 20,
                ed25519_key=bytes(32),
                valid_from=900,
                valid_until=9_000,
            ),
            DeviceRegistered(
                **at(2),
                device=1,
                community=1,
                account=1,
                gateway=1,
                description_hash=bytes(32),
                valid_from=0,
            ),
            GatewayRevoked(**at(3), gateway=1, valid_until=2_700),
        ]
    )
    valid = [
        bool(history.gateways[1].keys_for(Interval(1, start))) for start in range(0, 3_600, 900)
    ]
    assert valid == [False, True, True, False]
    assert history.devices[1].gateway == 1


def test_a_check_counts_everything_and_keeps_the_first_findings() -> None:
    check = Check("prices", "own == published")
    place = Place("prices.jsonl", 3, 900)
    assert check.expect(place, "price", 5, 5)
    for _ in range(150):
        assert not check.expect(place, "price", 5, 6)
    assert (check.count, check.failures, len(check.findings)) == (151, 150, 100)
    finding = check.findings[0]
    assert (finding.file, finding.line, finding.interval) == place
    assert (finding.expected, finding.got) == ("5", "6")


def test_a_check_begun_twice_is_one() -> None:
    ledger = Ledger()
    assert ledger.check("a", "x") is ledger.check("a", "x")
    assert [check.name for check in ledger] == ["a"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (b"\x00\xff", "0x00ff"),
        (5, "5"),
        ("x" * 201, "x" * 200 + "... (201 characters)"),
    ],
)
def test_values_are_shown_for_a_person(value: object, text: str) -> None:
    assert show(value) == text
