"""The compiled contracts that lie beside this module, one JSON file each."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from chain.failures import MissingArtifactError

ARTIFACTS: Final = Path(__file__).resolve().parent / "artifacts"

CONTRACT_NAMES: Final = (
    "Registry",
    "Market",
    "Metering",
    "CurrencyToken",
    "EnergyToken",
    "Settlement",
    "Consortia",
    "RewardPoints",
    "GridReconciliation",
    "StoredEnergyToken",
    "DeliveryRecord",
    "ConsumptionEscrow",
    "SaleEscrow",
    "Directory",
    "Timelock",
    "Agents",
    "OrderEntry",
    "Disputes",
)
"""All contracts: those of a market's deployment, and those that are deployed beside it."""


@cache
def load_artifact(contract: str) -> dict[str, Any]:
    """Return a compiled contract: ``contract``, ``abi``, ``bytecode`` (0x hex).

    Raises:
        MissingArtifactError: where it was not compiled.
    """
    path = ARTIFACTS / f"{contract}.json"
    try:
        artifact: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise MissingArtifactError(contract) from error
    return artifact
