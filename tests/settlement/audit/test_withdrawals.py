"""Orders that were taken back before they were committed, as the operator publishes them."""

from __future__ import annotations

from typing import Any

import pytest

from identity.canonical import canonical_bytes
from identity.keys import EvmKey
from identity.typed_data import withdrawal_digest
from settlement.audit import Finding, audit_run

pytestmark = pytest.mark.chain

FIRST = 1_743_458_400
GATE = FIRST - 300


def withdrawal(play: Any, **changes: Any) -> dict[str, Any]:
    """A withdrawal that account 2 signed, of an order that is in no book."""
    order = play.order(0, 9, 0, 2, "bid", 120, 21_000)
    digest, _ = play.sign_order(order)
    received, receipt = play.receipt(order)
    signature = play.keys["2"].sign(withdrawal_digest(play.orders_domain, digest))
    line = {
        "interval_start": FIRST,
        "account": 2,
        "side": "bid",
        "quantity_wh": 120,
        "price": 21_000,
        "salt": f"0x{order.salt:032x}",
        "digest": "0x" + digest.hex(),
        "received_at": received,
        "receipt": "0x" + receipt.hex(),
        "withdrawn_at": received + 7,
        "signature": "0x" + signature.hex(),
    }
    return line | changes


def audit(spoilt: Any, line: dict[str, Any], **options: Any) -> list[Finding]:
    path = spoilt.folder / "published" / "withdrawals.jsonl"
    path.write_bytes(canonical_bytes(line) + b"\n")
    findings: list[Finding] = audit_run(spoilt.folder, spoilt.chain, **options).findings
    return findings


def test_a_right_withdrawal_passes(spoilt: Any) -> None:
    assert audit(spoilt, withdrawal(spoilt.play)) == []


def test_a_kept_receipt_of_a_withdrawn_order_is_no_omission(spoilt: Any) -> None:
    line = withdrawal(spoilt.play)
    members = ("interval_start", "account", "side", "quantity_wh", "price", "salt")
    kept = {name: line[name] for name in (*members, "received_at", "receipt")}
    path = spoilt.folder.parent / "receipts.jsonl"
    path.write_bytes(canonical_bytes(kept) + b"\n")
    assert audit(spoilt, line, receipts=path) == []

    forged = EvmKey.from_secret(b"\x0c" * 32)
    signature = forged.sign(withdrawal_digest(spoilt.play.orders_domain, bytes(32)))
    findings = audit(spoilt, line | {"signature": "0x" + signature.hex()}, receipts=path)
    assert {finding.check for finding in findings} == {"withdrawals", "kept receipts"}


@pytest.mark.parametrize(
    ("change", "item"),
    [
        ({"quantity_wh": 121}, "digest of withdrawal of account 2"),
        ({"signature": "0x" + "11" * 64 + "1b"}, "signer of withdrawal of account 2"),
        ({"account": 77}, "signer of withdrawal of account 77"),
        ({"receipt": "0x" + "11" * 64 + "1b"}, "signer of the receipt of withdrawal of account 2"),
        ({"withdrawn_at": GATE}, "withdrawal of account 2: between receipt and gate"),
        ({"withdrawn_at": 5}, "withdrawal of account 2: between receipt and gate"),
    ],
    ids=str,
)
def test_a_wrong_withdrawal_is_found(spoilt: Any, change: dict[str, Any], item: str) -> None:
    findings = audit(spoilt, withdrawal(spoilt.play, **change))
    assert item in [one.item for one in findings if one.check == "withdrawals"]


def test_an_order_committed_though_it_was_withdrawn(spoilt: Any) -> None:
    play = spoilt.play
    order = play.order(0, 0, 1, *play.books[0][0][1])
    digest, _ = play.sign_order(order)
    signature = play.keys["2"].sign(withdrawal_digest(play.orders_domain, digest))
    received, receipt = play.receipt(order)
    (finding,) = audit(
        spoilt,
        withdrawal(
            play,
            quantity_wh=order.quantity,
            price=order.price,
            salt=f"0x{order.salt:032x}",
            digest="0x" + digest.hex(),
            receipt="0x" + receipt.hex(),
            received_at=received,
            signature="0x" + signature.hex(),
        ),
    )
    assert finding.item == "withdrawal of account 2: order in its book"
