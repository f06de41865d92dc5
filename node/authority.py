"""The keys of those who run a community, one for each thing that they may do."""

from __future__ import annotations

from dataclasses import dataclass, field

from chain.deployment import Roles
from identity.keys import Ed25519Key, EvmKey


@dataclass(frozen=True, slots=True)
class Authority:
    """One key a role, so that none can do another's work.

    Attributes:
        admin: deploys the contracts, grants roles, creates communities.
        registrar: registers participants, gateways and devices.
        operator: commits books, settles, signs receipts.
        tariff_oracle: posts the grid's prices.
        minter: issues currency against deposits.
        issuer: signs membership credentials.
    """

    admin: EvmKey = field(default_factory=EvmKey.generate)
    registrar: EvmKey = field(default_factory=EvmKey.generate)
    operator: EvmKey = field(default_factory=EvmKey.generate)
    tariff_oracle: EvmKey = field(default_factory=EvmKey.generate)
    minter: EvmKey = field(default_factory=EvmKey.generate)
    issuer: Ed25519Key = field(default_factory=Ed25519Key.generate)

    def roles(self) -> Roles:
        """Return who gets which role in the contracts."""
        return Roles(
            registrar=self.registrar.address,
            operator=self.operator.address,
            tariff_oracle=self.tariff_oracle.address,
            minter=self.minter.address,
        )
