"""Everything that the API is composed of."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Engine

from domain.clock import Clock
from wallet_api.ports import (
    Fees,
    Funds,
    MarketQueries,
    OrderDesk,
    ParticipantRegistry,
    Readings,
    Statements,
    Tariffs,
    Token,
)
from wallet_api.prices.broadcast import PriceBroadcast
from wallet_api.settings import ApiSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityTerms:
    """What a community has agreed on.

    Attributes:
        number: number of the community.
        name: what people call it.
        duration: seconds of an interval.
        gate_lead: seconds before an interval's start at which the chain takes no more orders.
        desk_lead: seconds before that at which the node takes no more orders, so that the last of
            them still reach the chain.
        grid_account: account that stands for the grid in settlements.
        mechanism: name of the rule by which books are cleared.
        k: point between two limits, in per mille; None for a mechanism without one.
    """

    number: int
    name: str
    duration: int
    gate_lead: int
    grid_account: int
    mechanism: str
    k: int | None = None
    desk_lead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Contracts that a client may want to check things with.

    Attributes:
        registry: EVM address of the registry.
        market: of the market, which orders are signed for.
        metering: of the attested readings.
        settlement: of the settlements.
        currency: of the currency token (8 decimals).
        energy: of the energy token (3 decimals).
        agents: of the mandates by which other keys order in an account's name.
        order_entry: of the orders and cancellations that go to the chain past the operator.
    """

    registry: str
    market: str
    metering: str
    settlement: str
    currency: str
    energy: str
    agents: str
    order_entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the node hands to the API of one community.

    Attributes:
        settings: public address, lifetimes and limits.
        community: its terms.
        chain_id: number of the chain.
        addresses: of the contracts.
        operator: EVM address whose key signs receipts.
        clock: the market's clock.
        engine: database that holds the API's own tables.
        registry: participants.
        desk: accepts orders.
        market: stored orders, trades and prices.
        funds: what the desk measures bids against.
        tariffs: the grid's prices.
        fees: what buyers pay beside.
        currency: currency token.
        energy: energy token.
        statements: what was settled.
        readings: what was metered.
        broadcast: news of prices.
    """

    settings: ApiSettings
    community: CommunityTerms
    chain_id: int
    addresses: Addresses
    operator: str
    clock: Clock
    engine: Engine
    registry: ParticipantRegistry
    desk: OrderDesk
    market: MarketQueries
    funds: Funds
    tariffs: Tariffs
    fees: Fees
    currency: Token
    energy: Token
    statements: Statements
    readings: Readings
    broadcast: PriceBroadcast = field(default_factory=PriceBroadcast)
