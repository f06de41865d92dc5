"""Refusals of batches of readings, each with its gateway.

RefusedError
└── BatchRefusedError        the batch as a whole
    └── ReadingRefusedError  one of its readings, with its index
"""

from __future__ import annotations

from domain.errors import RefusedError


class BatchRefusedError(RefusedError):
    """A gateway's batch that the ingest does not take.

    Attributes:
        gateway: number of the gateway that the batch names.
    """

    def __init__(self, code: str, gateway: int, reason: str) -> None:
        super().__init__(code, f"gateway {gateway}: {reason}")
        self.gateway = gateway


class ReadingRefusedError(BatchRefusedError):
    """A reading for which the ingest does not take its batch.

    Attributes:
        index: place of the reading in the batch, from 0.
    """

    def __init__(self, code: str, gateway: int, index: int, reason: str) -> None:
        super().__init__(code, gateway, f"reading {index}: {reason}")
        self.index = index
