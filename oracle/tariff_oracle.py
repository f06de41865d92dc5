"""Bringing the grid's tariffs to the chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chain.sender import Receipt
from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.tariff import Tariff
from oracle.ports import StepDelivery, TariffContract

TARIFF_STEP: Final = "tariffs"
MOST_INTERVALS: Final = 300
"""Of one posting: a day of five-minute intervals, the longest included (25 hours)."""


class TariffOracle:
    """Posts tariffs under the key that may (the market contract's TARIFF_ROLE)."""

    def __init__(self, market: TariffContract, outbox: StepDelivery) -> None:
        """Prepare to post.

        Args:
            market: takes tariffs (``contracts.market``).
            outbox: whose sender holds the role.
        """
        self._market = market
        self._outbox = outbox

    def post(self, first: Interval, tariffs: Sequence[Tariff]) -> Receipt:
        """Post the tariffs of consecutive intervals, once.

        The same posting again returns the receipt that it has.

        Args:
            first: the interval of the first tariff.
            tariffs: one an interval, 1 to ``MOST_INTERVALS``.

        Raises:
            InvalidValueError: where there are none or too many.
            RefusedError: ``step-taken``, where others were posted from the same interval on.
            ContractRefusedError: where one of the intervals has a tariff already.
        """
        if not 1 <= len(tariffs) <= MOST_INTERVALS:
            raise InvalidValueError("tariffs", f"1 to {MOST_INTERVALS} tariffs", len(tariffs))
        call = self._market.post_tariffs(first, tariffs)
        return self._outbox.deliver(first.community, first.start, TARIFF_STEP, call)
