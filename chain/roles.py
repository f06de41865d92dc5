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

ENTRY_ROLE: Final = keccak256(b"ENTRY_ROLE")
"""Enters participants' own orders, and cancellations; held by the order entry contract."""

TARIFF_ROLE: Final = keccak256(b"TARIFF_ROLE")
"""Posts the grid's tariffs."""

MINTER_ROLE: Final = keccak256(b"MINTER_ROLE")
"""Credits deposits."""

SETTLEMENT_ROLE: Final = keccak256(b"SETTLEMENT_ROLE")
"""Moves tokens and closes metering; held by the settlement contract."""

PAYER_ROLE: Final = keccak256(b"PAYER_ROLE")
"""Confirms and rejects pay-outs."""

PAUSER_ROLE: Final = keccak256(b"PAUSER_ROLE")
"""Pauses a contract; only its admin ends the pause."""

ESCROW_ROLE: Final = keccak256(b"ESCROW_ROLE")
"""Holds and gives back tokens of others, in a pause, too; held by escrow contracts."""

REWARDER_ROLE: Final = keccak256(b"REWARDER_ROLE")
"""Gives reward points, and takes back what was given."""

VOUCHER_ROLE: Final = keccak256(b"VOUCHER_ROLE")
"""Issues vouchers for reward points."""

RECONCILER_ROLE: Final = keccak256(b"RECONCILER_ROLE")
"""Records the grid operator's invoices and compares them."""

ISSUER_ROLE: Final = keccak256(b"ISSUER_ROLE")
"""Gives out claims on stored energy; held by contracts."""

VALIDATOR_ROLE: Final = keccak256(b"VALIDATOR_ROLE")
"""Confirms that statements about stored energy agree with the meters, or rejects them."""

PROPOSER_ROLE: Final = keccak256(b"PROPOSER_ROLE")
"""Schedules what the timelock does."""

CANCELLER_ROLE: Final = keccak256(b"CANCELLER_ROLE")
"""Cancels what was scheduled; held by the proposers."""

EXECUTOR_ROLE: Final = keccak256(b"EXECUTOR_ROLE")
"""Executes what lay open for the delay; held by everybody."""

AUDITOR_ROLE: Final = keccak256(b"AUDITOR_ROLE")
"""Challenges books without being a participant."""

ARBITER_ROLE: Final = keccak256(b"ARBITER_ROLE")
"""Decides disputes."""

ROLE_NAMES: Final = {
    DEFAULT_ADMIN_ROLE: "DEFAULT_ADMIN_ROLE",
    REGISTRAR_ROLE: "REGISTRAR_ROLE",
    OPERATOR_ROLE: "OPERATOR_ROLE",
    ENTRY_ROLE: "ENTRY_ROLE",
    TARIFF_ROLE: "TARIFF_ROLE",
    MINTER_ROLE: "MINTER_ROLE",
    SETTLEMENT_ROLE: "SETTLEMENT_ROLE",
    PAYER_ROLE: "PAYER_ROLE",
    PAUSER_ROLE: "PAUSER_ROLE",
    ESCROW_ROLE: "ESCROW_ROLE",
    REWARDER_ROLE: "REWARDER_ROLE",
    VOUCHER_ROLE: "VOUCHER_ROLE",
    RECONCILER_ROLE: "RECONCILER_ROLE",
    ISSUER_ROLE: "ISSUER_ROLE",
    VALIDATOR_ROLE: "VALIDATOR_ROLE",
    PROPOSER_ROLE: "PROPOSER_ROLE",
    CANCELLER_ROLE: "CANCELLER_ROLE",
    EXECUTOR_ROLE: "EXECUTOR_ROLE",
    AUDITOR_ROLE: "AUDITOR_ROLE",
    ARBITER_ROLE: "ARBITER_ROLE",
}
