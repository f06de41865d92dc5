"""What is signed about stored energy is what wallets sign (EIP-712)."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from domain.delivery import Session
from domain.errors import InvalidValueError
from domain.interval import Interval
from identity import delivery_statements as statements
from identity.typed_data import TypedDomain

CONTRACT = "0x" + "5a" * 20
DELIVERY = statements.delivery_domain(31_337, CONTRACT)
CONSUMPTION = statements.consumption_domain(31_337, CONTRACT)
SALE = statements.sale_domain(31_337, CONTRACT)
DOMAIN_FIELDS = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]

energies = st.integers(0, 2**32 - 1)
numbers = st.integers(1, 2**32 - 1)
sessions = st.builds(
    lambda devices, number: Session(devices[0], devices[1], Interval(7, 900 * number)),
    st.lists(numbers, min_size=2, max_size=2, unique=True),
    st.integers(0, 10**6),
)
account_lists = st.sets(st.integers(1, 2**31 - 1), max_size=5).map(sorted)


def wallet_digest(domain: TypedDomain, type_: str, *values: Any) -> bytes:
    """The digest by eth-account, from the type as it is written."""
    name, members = type_.rstrip(")").split("(")
    fields = [dict(zip(("type", "name"), each.split(), strict=True)) for each in members.split(",")]
    document = {
        "types": {"EIP712Domain": DOMAIN_FIELDS, name: fields},
        "primaryType": name,
        "domain": {
            "name": domain.name,
            "version": domain.version,
            "chainId": domain.chain_id,
            "verifyingContract": domain.contract,
        },
        "message": dict(zip((field["name"] for field in fields), values, strict=True)),
    }
    message = encode_typed_data(full_message=document)
    return keccak(b"\x19" + message.version + message.header + message.body)


def about(session: Session) -> tuple[int, int, int]:
    return session.source, session.battery, session.interval.packed


@given(sessions, energies, energies, energies, energies, account_lists)
def test_deliveries(session, round_, delivered, received, usable, accounts) -> None:
    assert statements.delivered_digest(
        DELIVERY, session, round_, delivered, accounts
    ) == wallet_digest(
        DELIVERY, statements.DELIVERED_TYPE, *about(session), round_, delivered, accounts
    )
    assert statements.reception_digest(
        DELIVERY, session, round_, received, usable
    ) == wallet_digest(
        DELIVERY, statements.RECEPTION_TYPE, *about(session), round_, received, usable
    )
    said = (delivered, received, usable, accounts)
    assert statements.delivery_validation_digest(DELIVERY, session, round_, *said) == wallet_digest(
        DELIVERY, statements.DELIVERY_VALIDATION_TYPE, *about(session), round_, *said
    )


@given(st.integers(0, 2**256 - 1), numbers, energies, energies)
def test_consumption(request, device, supplied, received) -> None:
    cases = (
        (statements.approval_digest, statements.APPROVAL_TYPE, (request,)),
        (statements.supplied_digest, statements.SUPPLIED_TYPE, (request, device, supplied)),
        (
            statements.supply_received_digest,
            statements.SUPPLY_RECEIVED_TYPE,
            (request, device, received),
        ),
        (
            statements.supply_validation_digest,
            statements.SUPPLY_VALIDATION_TYPE,
            (request, supplied, received),
        ),
    )
    for digest, type_, values in cases:
        assert digest(CONSUMPTION, *values) == wallet_digest(CONSUMPTION, type_, *values)


@given(numbers, numbers, energies, energies)
def test_sales(deal, battery, sent, usable) -> None:
    cases = (
        (statements.sent_digest, statements.SENT_TYPE, (deal, battery, sent)),
        (statements.sale_received_digest, statements.SALE_RECEIVED_TYPE, (deal, battery, usable)),
        (statements.sale_validation_digest, statements.SALE_VALIDATION_TYPE, (deal, sent, usable)),
    )
    for digest, type_, values in cases:
        assert digest(SALE, *values) == wallet_digest(SALE, type_, *values)


def test_domains_differ() -> None:
    assert len({DELIVERY.separator, CONSUMPTION.separator, SALE.separator}) == 3


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: statements.sent_digest(SALE, 1, 2, 2**32), "sent"),
        (lambda: statements.sent_digest(SALE, 2**32, 2, 1), "deal"),
        (lambda: statements.supplied_digest(CONSUMPTION, -1, 2, 1), "request"),
        (lambda: statements.supplied_digest(CONSUMPTION, 1, 2**32, 1), "battery"),
        (lambda: Session(0, 2, Interval(7, 900)), "source"),
        (lambda: Session(2, 2, Interval(7, 900)), "battery"),
    ],
)
def test_values_out_of_range_are_named(call, field) -> None:
    with pytest.raises(InvalidValueError) as error:
        call()
    assert error.value.field == field


@pytest.mark.parametrize("accounts", [[3, 2], [2, 2], [0, 1], [2**31]])
def test_accounts_ascend(accounts) -> None:
    session = Session(1, 2, Interval(7, 900))
    with pytest.raises(InvalidValueError, match="account"):
        statements.delivered_digest(DELIVERY, session, 0, 5, accounts)
