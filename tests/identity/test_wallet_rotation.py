"""The digest that a new wallet signs, against EIP-712 as wallets compute it."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from identity.typed_data import typed_data_digest
from identity.wallet_rotation import registry_domain, wallet_rotation_digest

REGISTRY = "0x" + "cc" * 20
OLD, NEW = "0x" + "11" * 20, "0x" + "22" * 20


def test_digest_is_that_of_the_document() -> None:
    members = (
        ("account", "uint32"),
        ("oldWallet", "address"),
        ("newWallet", "address"),
        ("deadline", "uint64"),
    )
    domain = (
        ("name", "string"),
        ("version", "string"),
        ("chainId", "uint256"),
        ("verifyingContract", "address"),
    )
    document = {
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for name, kind in domain],
            "WalletRotation": [{"name": name, "type": kind} for name, kind in members],
        },
        "primaryType": "WalletRotation",
        "domain": {
            "name": "Commonwatt Registry",
            "version": "1",
            "chainId": 31337,
            "verifyingContract": REGISTRY,
        },
        "message": {"account": 7, "oldWallet": OLD, "newWallet": NEW, "deadline": 1_743_508_800},
    }
    digest = wallet_rotation_digest(registry_domain(31337, REGISTRY), 7, OLD, NEW, 1_743_508_800)
    assert digest == typed_data_digest(document)


@pytest.mark.parametrize(
    ("account", "new", "deadline", "field"),
    [(0, NEW, 1, "account"), (1, "0x12", 1, "new_wallet"), (1, NEW, 2**64, "deadline")],
)
def test_what_cannot_be_signed(account: int, new: str, deadline: int, field: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        wallet_rotation_digest(registry_domain(1, REGISTRY), account, OLD, new, deadline)
    assert error.value.field == field
