from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from domain.cancellation import Cancellation
from domain.errors import InvalidValueError
from domain.interval import DURATIONS, Interval
from domain.order import Order, Side
from domain.units import Account, MillicentPerKilowattHour, WattHours
from identity.attestation import MAX_READINGS, Attestation, Correction, CorrectionReason
from identity.keys import EvmKey, recover
from identity.typed_data import (
    TypedDomain,
    attestation_digest,
    cancellation_digest,
    correction_digest,
    currency_domain,
    energy_domain,
    market_domain,
    metering_domain,
    order_digest,
    order_entry_domain,
    permit_digest,
    receipt_digest,
    typed_data_digest,
    withdrawal_digest,
    withdrawal_receipt_digest,
)

CONTRACT = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"
DOMAIN_FIELDS = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]

intervals = st.builds(
    lambda community, slot, duration: Interval(community, slot * duration, duration),
    st.integers(1, 2**32 - 1),
    st.integers(0, 2**40 // 3600 - 1),
    st.sampled_from(DURATIONS),
)
orders = st.builds(
    Order,
    interval=intervals,
    account=st.integers(1, 2**31 - 1).map(Account),
    side=st.sampled_from(Side),
    quantity=st.integers(1, 2**32 - 1).map(WattHours),
    price=st.integers(-(2**31), 2**31 - 1).map(MillicentPerKilowattHour),
    salt=st.integers(0, 2**128 - 1),
)
attestations = st.builds(
    Attestation,
    interval=intervals,
    gateway=st.integers(1, 2**32 - 1),
    sequence=st.integers(1, 2**64 - 1),
    root=st.binary(min_size=32, max_size=32),
    count=st.integers(1, MAX_READINGS),
    imported=st.integers(0, 2**64 - 1),
    exported=st.integers(0, 2**64 - 1),
)


def fields(*named: str) -> list[dict[str, str]]:
    return [dict(zip(("type", "name"), text.split(), strict=True)) for text in named]


def document(
    domain: TypedDomain, primary: str, types: list[dict[str, str]], message: dict[str, Any]
) -> dict[str, Any]:
    return {
        "types": {"EIP712Domain": DOMAIN_FIELDS, primary: types},
        "primaryType": primary,
        "domain": {
            "name": domain.name,
            "version": domain.version,
            "chainId": domain.chain_id,
            "verifyingContract": domain.contract,
        },
        "message": message,
    }


def eth_account_digest(typed: dict[str, Any]) -> bytes:
    message = encode_typed_data(full_message=typed)
    return keccak(b"\x19" + message.version + message.header + message.body)


@given(orders, st.integers(0, 2**64))
def test_order_digest_is_what_a_wallet_signs(order: Order, chain_id: int) -> None:
    domain = market_domain(chain_id, CONTRACT)
    typed = document(
        domain,
        "Order",
        fields(
            "uint96 interval",
            "uint32 account",
            "uint8 side",
            "uint32 quantity",
            "int32 price",
            "uint128 salt",
        ),
        {
            "interval": order.interval.packed,
            "account": order.account,
            "side": int(order.side),
            "quantity": order.quantity,
            "price": order.price,
            "salt": order.salt,
        },
    )
    assert order_digest(domain, order) == eth_account_digest(typed) == typed_data_digest(typed)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**64 - 1))
def test_withdrawal_digests_are_what_wallets_sign(order: bytes, withdrawn_at: int) -> None:
    domain = market_domain(31337, CONTRACT)
    withdrawal = document(domain, "Withdrawal", fields("bytes32 order"), {"order": order})
    assert withdrawal_digest(domain, order) == eth_account_digest(withdrawal)
    receipt = document(
        domain,
        "WithdrawalReceipt",
        fields("bytes32 order", "uint64 withdrawnAt"),
        {"order": order, "withdrawnAt": withdrawn_at},
    )
    assert withdrawal_receipt_digest(domain, order, withdrawn_at) == eth_account_digest(receipt)


@given(intervals, st.integers(1, 2**31 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_cancellation_digest_is_what_a_wallet_signs(
    interval: Interval, account: int, batch: int, index: int
) -> None:
    domain = order_entry_domain(31337, CONTRACT)
    typed = document(
        domain,
        "Cancellation",
        fields("uint96 interval", "uint32 account", "uint32 batch", "uint32 index"),
        {"interval": interval.packed, "account": account, "batch": batch, "index": index},
    )
    cancellation = Cancellation(interval, Account(account), batch, index)
    assert cancellation_digest(domain, cancellation) == eth_account_digest(typed)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**64 - 1))
def test_receipt_digest_is_what_a_wallet_would_sign(order: bytes, received_at: int) -> None:
    domain = market_domain(31337, CONTRACT)
    typed = document(
        domain,
        "Receipt",
        fields("bytes32 order", "uint64 receivedAt"),
        {"order": order, "receivedAt": received_at},
    )
    assert receipt_digest(domain, order, received_at) == eth_account_digest(typed)


@given(attestations, st.sampled_from(CorrectionReason), st.booleans())
def test_correction_digest_is_what_a_wallet_would_sign(
    attestation: Attestation, reason: CorrectionReason, swapped: bool
) -> None:
    statement = replace(attestation, sequence=max(attestation.sequence, 2))
    former = replace(
        statement,
        sequence=statement.sequence - 1,
        root=statement.root[::-1] if swapped else statement.root,
    )
    superseded = None if reason is CorrectionReason.LATE else former
    domain = metering_domain(31337, CONTRACT)
    typed = document(
        domain,
        "Correction",
        fields(
            "uint96 interval",
            "uint32 gateway",
            "uint64 sequence",
            "bytes32 root",
            "uint32 count",
            "uint64 imported",
            "uint64 exported",
            "bytes32 superseded",
            "uint8 reason",
        ),
        {
            "interval": statement.interval.packed,
            "gateway": statement.gateway,
            "sequence": statement.sequence,
            "root": statement.root,
            "count": statement.count,
            "imported": statement.imported,
            "exported": statement.exported,
            "superseded": bytes(32) if superseded is None else former.recorded_root,
            "reason": int(reason),
        },
    )
    correction = Correction(statement, superseded, reason)
    assert correction_digest(domain, correction) == eth_account_digest(typed)


@given(attestations)
def test_attestation_digest_is_what_a_wallet_would_sign(attestation: Attestation) -> None:
    domain = metering_domain(31337, CONTRACT)
    typed = document(
        domain,
        "Attestation",
        fields(
            "uint96 interval",
            "uint32 gateway",
            "uint64 sequence",
            "bytes32 root",
            "uint32 count",
            "uint64 imported",
            "uint64 exported",
        ),
        {
            "interval": attestation.interval.packed,
            "gateway": attestation.gateway,
            "sequence": attestation.sequence,
            "root": attestation.root,
            "count": attestation.count,
            "imported": attestation.imported,
            "exported": attestation.exported,
        },
    )
    assert attestation_digest(domain, attestation) == eth_account_digest(typed)


@given(
    owner=st.binary(min_size=20, max_size=20),
    spender=st.binary(min_size=20, max_size=20),
    value=st.integers(0, 2**256 - 1),
    nonce=st.integers(0, 2**256 - 1),
    deadline=st.integers(0, 2**256 - 1),
)
def test_permit_digest_is_what_a_wallet_signs(
    owner: bytes, spender: bytes, value: int, nonce: int, deadline: int
) -> None:
    members = {
        "owner": "0x" + owner.hex(),
        "spender": "0x" + spender.hex(),
        "value": value,
        "nonce": nonce,
        "deadline": deadline,
    }
    types = fields(
        "address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"
    )
    for domain in (currency_domain(31337, CONTRACT), energy_domain(31337, CONTRACT)):
        typed = document(domain, "Permit", types, members)
        assert permit_digest(domain, **members) == eth_account_digest(typed)


@pytest.mark.parametrize(
    ("field", "value"),
    [("owner", "0x00"), ("spender", "nobody"), ("value", -1), ("nonce", 2**256), ("deadline", 1.5)],
)
def test_permit_digest_refuses_what_does_not_fit(field: str, value: Any) -> None:
    members = {"owner": CONTRACT, "spender": CONTRACT, "value": 1, "nonce": 0, "deadline": 1}
    with pytest.raises(InvalidValueError, match=field):
        permit_digest(currency_domain(1, CONTRACT), **{**members, field: value})


@given(orders, orders)
def test_different_orders_have_different_digests(one: Order, other: Order) -> None:
    domain = market_domain(31337, CONTRACT)
    assert (order_digest(domain, one) == order_digest(domain, other)) == (one == other)


def test_a_digest_is_bound_to_chain_contract_and_kind_of_message() -> None:
    order = Order(
        Interval(1, 1_743_458_400),
        Account(7),
        Side.OFFER,
        WattHours(1200),
        MillicentPerKilowattHour(-5),
        2**100,
    )
    other_contract = "0x" + "ab" * 20
    digests = {
        order_digest(domain, order)
        for domain in (
            market_domain(1, CONTRACT),
            market_domain(2, CONTRACT),
            market_domain(1, other_contract),
            metering_domain(1, CONTRACT),
        )
    }
    assert len(digests) == 4


def test_domain_separator_does_not_depend_on_the_case_of_the_address() -> None:
    assert market_domain(1, CONTRACT).separator == market_domain(1, CONTRACT.lower()).separator


def test_a_domain_needs_a_contract() -> None:
    with pytest.raises(InvalidValueError, match="contract"):
        market_domain(1, "0x00")


def test_receipt_digest_refuses_what_does_not_fit() -> None:
    domain = market_domain(1, CONTRACT)
    with pytest.raises(InvalidValueError, match="order"):
        receipt_digest(domain, bytes(31), 0)
    with pytest.raises(InvalidValueError, match="received_at"):
        receipt_digest(domain, bytes(32), -1)
    with pytest.raises(InvalidValueError, match="order"):
        withdrawal_digest(domain, bytes(33))
    with pytest.raises(InvalidValueError, match="order"):
        withdrawal_receipt_digest(domain, bytes(31), 0)
    with pytest.raises(InvalidValueError, match="withdrawn_at"):
        withdrawal_receipt_digest(domain, bytes(32), 2**64)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gateway", 0),
        ("sequence", 0),
        ("root", bytes(31)),
        ("count", 0),
        ("imported", -1),
        ("exported", 2**64),
    ],
)
def test_an_attestation_holds_what_the_contract_can_hold(field: str, value: object) -> None:
    values: dict[str, Any] = {
        "interval": Interval(1, 0),
        "gateway": 1,
        "sequence": 1,
        "root": bytes(32),
        "count": 1,
        "imported": 0,
        "exported": 0,
        field: value,
    }
    with pytest.raises(InvalidValueError, match=field):
        Attestation(**values)


def test_the_example_of_eip_712() -> None:
    typed = {
        "types": {
            "EIP712Domain": DOMAIN_FIELDS,
            "Person": fields("string name", "address wallet"),
            "Mail": fields("Person from", "Person to", "string contents"),
        },
        "primaryType": "Mail",
        "domain": {
            "name": "Ether Mail",
            "version": "1",
            "chainId": 1,
            "verifyingContract": CONTRACT,
        },
        "message": {
            "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
            "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
            "contents": "Hello, Bob!",
        },
    }
    digest = typed_data_digest(typed)
    assert digest.hex() == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"


def test_valid_documents_of_eth_account_are_signed_alike(vectors: Callable[[str], Any]) -> None:
    cases = vectors("eip712_valid_for_all")["vectors"]
    assert cases
    key = EvmKey.from_secret(b"\x05" * 32)
    wallet = EthAccount.from_key(key.export_secret())
    for typed in cases.values():
        signature = key.sign(typed_data_digest(typed))
        assert signature == bytes(wallet.sign_typed_data(full_message=typed).signature)
        assert recover(typed_data_digest(typed), signature) == key.address


def test_invalid_documents_of_eth_account_are_refused(vectors: Callable[[str], Any]) -> None:
    cases = vectors("eip712_invalid")["vectors"]
    assert cases
    for typed in cases.values():
        with pytest.raises(InvalidValueError, match="typed data"):
            typed_data_digest(typed)
