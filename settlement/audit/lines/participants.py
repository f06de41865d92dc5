"""Who takes part, and what each holds at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.interval import Interval
from domain.units import MAX_ACCOUNT, Account
from settlement.audit.fields import Fields
from settlement.audit.findings import Place
from settlement.audit.lines.values import SAFE_INTEGER


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """One registered participant.

    Attributes:
        place: file and line.
        account: number in the registry.
        wallet: address in EIP-55 writing.
        role: the registry's number of the role.
        credential: membership credential, a JWT; None where the registry holds no hash of one.
    """

    place: Place
    account: Account
    wallet: str
    role: int
    credential: str | None

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (self.account,)


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One account's tokens at the end of the run.

    Attributes:
        place: file and line.
        account: number in the registry.
        wallet: address in EIP-55 writing.
        deposited: 10^-8 EUR minted to the wallet.
        currency: 10^-8 EUR that it holds.
        energy: Wh of local origin that it holds.
    """

    place: Place
    account: int
    wallet: str
    deposited: int
    currency: int
    energy: int

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (self.account,)


def parse_participant(
    place: Place,
    fields: Fields,
    _calendar: Mapping[int, Interval],
) -> ParticipantLine:
    """Read a line of ``participants.jsonl``."""
    return ParticipantLine(
        place=place,
        account=Account(fields.integer("account", 1, MAX_ACCOUNT)),
        wallet=fields.address("wallet"),
        role=fields.integer("role", 0, 255),
        credential=fields.optional_text("credential"),
    )


def parse_balance(
    place: Place,
    fields: Fields,
    _calendar: Mapping[int, Interval],
) -> BalanceLine:
    """Read a line of ``balances.jsonl``."""
    return BalanceLine(
        place=place,
        account=fields.integer("account", 1, MAX_ACCOUNT),
        wallet=fields.address("wallet"),
        deposited=fields.integer("deposited", 0, SAFE_INTEGER),
        currency=fields.integer("currency", 0, SAFE_INTEGER),
        energy=fields.integer("energy", 0, SAFE_INTEGER),
    )
