"""Moving a development chain's time, so that a past day can be run today."""

from __future__ import annotations

from chain.connection import Chain


def advance_to(chain: Chain, second: int) -> None:
    """Move the time of a development chain forward by a block at that second.

    The blocks after it follow at the machine's pace, so a transaction sent now is included at that
    second or shortly after. Nothing happens where the chain is already that far.

    Args:
        chain: a chain of anvil's.
        second: UTC second.
    """
    if chain.block_time() >= second:
        return
    chain.rpc.request("evm_setNextBlockTimestamp", second)
    chain.rpc.request("evm_mine")
