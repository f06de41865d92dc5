"""A script for ``brownie run``: deploy the registry and read back who was registered."""

from __future__ import annotations

from brownie import Registry, accounts, network

PROSUMER = 1


def main() -> None:
    """Deploy, register a participant, and check its entry."""
    # brownie 1.22 would keep the sources of what it deploys in a database, and fails at that.
    del Registry._build["allSourcePaths"]
    admin = accounts.add()
    registry = Registry.deploy(admin, {"from": admin})
    registry.grantRole(registry.REGISTRAR_ROLE(), admin, {"from": admin})
    wallet = accounts.add()
    credential_hash = "0x" + "11" * 32
    registry.registerParticipant(wallet, credential_hash, PROSUMER, {"from": admin})
    entry = registry.participant(registry.accountOf(wallet))
    assert entry.dict() == {
        "wallet": wallet.address,
        "credentialHash": credential_hash,
        "role": PROSUMER,
        "active": True,
    }
    print(f"{network.show_active()}: Registry at {registry.address}, participant 1: {entry}")
