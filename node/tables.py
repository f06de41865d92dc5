"""Every room's tables, for migrations: each room owns its own and reads no other's."""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

from chain.outbox import metadata as outbox_metadata
from market.tables import Base as MarketBase
from oracle.tables import Base as OracleBase
from settlement.tables import SettlementBase
from wallet_api.tables import Base as WalletApiBase

ALL_METADATA: Final[tuple[MetaData, ...]] = (
    outbox_metadata,
    MarketBase.metadata,
    OracleBase.metadata,
    SettlementBase.metadata,
    WalletApiBase.metadata,
)
