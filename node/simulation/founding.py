"""Founding a community on a fresh chain: contracts, members, gateways, meters, deposits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from chain.commitments import mechanism_id
from chain.connection import Chain
from chain.contracts import Contracts
from chain.contracts.registry import ParticipantRole
from chain.deployment import Deployment, deploy
from chain.sender import Sender
from domain.errors import RefusedError
from domain.units import MONEY_PER_EURO, Account, Money
from identity.credentials import credential_hash, issue_membership
from identity.did import did_pkh
from identity.hashing import keccak256
from identity.keys import Ed25519Key, EvmKey
from node.authority import Authority
from node.scenarios.scenario import Participant, Scenario

METERS_PER_GATEWAY: Final = 10
DEPOSIT: Final = Money(50 * MONEY_PER_EURO)
GRID_DEPOSIT: Final = Money(10_000 * MONEY_PER_EURO)
_MEMBERSHIP_SECONDS: Final = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Member:
    """A registered participant with what only it knows.

    Attributes:
        account: its number in the registry.
        role: prosumer, or the grid's supplier.
        key: its wallet's key.
        credential: its membership credential, a JWT.
        deposit: currency that it paid in.
        participant: who it is in the scenario; None for the grid.
        device: number of its meter in the registry; 0 for the grid.
    """

    account: Account
    role: ParticipantRole
    key: EvmKey
    credential: str
    deposit: Money
    participant: Participant | None = None
    device: int = 0


@dataclass(frozen=True, slots=True)
class MeterGateway:
    """A data concentrator with its two keys and the meters behind it."""

    number: int
    signing_key: Ed25519Key
    evm_key: EvmKey
    devices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Founded:
    """A community that is ready for its first interval."""

    deployment: Deployment
    contracts: Contracts
    members: tuple[Member, ...]
    grid: Member
    gateways: tuple[MeterGateway, ...]


class Founder:
    """Founds one scenario's community, saying each step as it goes."""

    def __init__(
        self,
        chain: Chain,
        scenario: Scenario,
        authority: Authority,
        say: Callable[[str], None],
    ) -> None:
        self._chain = chain
        self._scenario = scenario
        self._authority = authority
        self._say = say
        self._opens = scenario.intervals()[0].start
        self._registrar = Sender(chain, authority.registrar)

    def found(self) -> Founded:
        """Deploy the contracts and register everyone and everything."""
        self._say("deploying contracts")
        deployment = deploy(self._chain, self._authority.admin, self._authority.roles())
        contracts = Contracts(self._chain, deployment)
        self._say("registering participants")
        grid = self._register(contracts, ParticipantRole.GRID, GRID_DEPOSIT)
        plain = [
            self._register(contracts, ParticipantRole.PROSUMER, DEPOSIT, participant)
            for participant in self._scenario.participants
        ]
        self._create_community(contracts, grid)
        self._say("registering gateways and meters")
        members, gateways = self._install_meters(contracts, plain)
        self._say("paying deposits in")
        self._pay_in(contracts, [grid, *members])
        return Founded(deployment, contracts, tuple(members), grid, tuple(gateways))

    def _register(
        self,
        contracts: Contracts,
        role: ParticipantRole,
        deposit: Money,
        participant: Participant | None = None,
    ) -> Member:
        key = EvmKey.generate()
        credential = issue_membership(
            self._authority.issuer,
            did_pkh(self._chain.chain_id, key.address),
            self._scenario.community,
            self._opens - 86_400,
            self._opens + _MEMBERSHIP_SECONDS,
        )
        self._registrar.send(
            contracts.registry.register_participant(key.address, credential_hash(credential), role)
        )
        account = contracts.registry.account_of(key.address)
        if account is None:
            raise RefusedError("not-registered", f"the registry does not know {key.address}")
        return Member(account, role, key, credential, deposit, participant)

    def _create_community(self, contracts: Contracts, grid: Member) -> None:
        scenario = self._scenario
        call = contracts.market.create_community(
            scenario.community,
            scenario.duration_s,
            scenario.gate_lead_s,
            grid.account,
            mechanism_id(scenario.market.mechanism),
            scenario.market.chain_k,
        )
        Sender(self._chain, self._authority.admin).send(call)

    def _install_meters(
        self, contracts: Contracts, members: list[Member]
    ) -> tuple[list[Member], list[MeterGateway]]:
        metered: list[Member] = []
        gateways: list[MeterGateway] = []
        for first in range(0, len(members), METERS_PER_GATEWAY):
            group = members[first : first + METERS_PER_GATEWAY]
            gateway, connected = self._install_gateway(contracts, group)
            gateways.append(gateway)
            metered.extend(connected)
        return metered, gateways

    def _install_gateway(
        self, contracts: Contracts, members: list[Member]
    ) -> tuple[MeterGateway, list[Member]]:
        signing_key, evm_key = Ed25519Key.generate(), EvmKey.generate()
        self._registrar.send(
            contracts.registry.register_gateway(
                evm_key.address,
                signing_key.public,
                self._opens - 86_400,
                self._opens + _MEMBERSHIP_SECONDS,
            )
        )
        number = contracts.registry.gateway_count()
        connected = [self._install_meter(contracts, number, member) for member in members]
        devices = tuple(member.device for member in connected)
        return MeterGateway(number, signing_key, evm_key, devices), connected

    def _install_meter(self, contracts: Contracts, gateway: int, member: Member) -> Member:
        self._registrar.send(
            contracts.registry.register_device(
                self._scenario.community,
                member.account,
                gateway,
                keccak256(b"electricity meter, import and export registers"),
                self._opens - 86_400,
            )
        )
        return replace(member, device=contracts.registry.device_count())

    def _pay_in(self, contracts: Contracts, members: list[Member]) -> None:
        minter = Sender(self._chain, self._authority.minter)
        for member in members:
            backing = keccak256(f"deposit/{self._scenario.name}/{member.account}".encode())
            minter.send(contracts.currency.mint(member.key.address, member.deposit, backing))
