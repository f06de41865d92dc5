"""Roles by which the contracts know who may do what (OpenZeppelin AccessControl)."""

from __future__ import annotations

from typing import Final

from identity.hashing import keccak256

DEFAULT_ADMIN_ROLE: Final = bytes(32)
"""Grants and revokes every role."""

REGISTRAR_ROLE: Final = keccak256(b"REGISTRAR_ROLE")
"""Registers participants, gateways and devices."""

OPERATOR_ROLE: Final = keccak256(b"OPERATOR_ROLE")
"""Commits order books and posts settlements."""

TARIFF_ROLE: Final = keccak256(b"TARIFF_ROLE")
"""Posts the grid's tariffs."""

MINTER_ROLE: Final = keccak256(b"MINTER_ROLE")
"""Credits deposits."""

SETTLEMENT_ROLE: Final = keccak256(b"SETTLEMENT_ROLE")
"""Moves tokens and closes metering; held by the settlement contract."""

ROLE_NAMES: Final = {
    DEFAULT_ADMIN_ROLE: "DEFAULT_ADMIN_ROLE",
    REGISTRAR_ROLE: "REGISTRAR_ROLE",
    OPERATOR_ROLE: "OPERATOR_ROLE",
    TARIFF_ROLE: "TARIFF_ROLE",
    MINTER_ROLE: "MINTER_ROLE",
    SETTLEMENT_ROLE: "SETTLEMENT_ROLE",
}
