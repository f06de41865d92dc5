"""What a source of prices can answer instead of prices.

CommonwattError
└── PriceSourceError          a source outside did not give prices
    ├── AcknowledgementError  it said so in a document, with its reasons
    ├── IncompleteDayError    it does not have all prices of a day
    └── PriceServiceError     it could not be reached, or refused the request
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import CommonwattError


class PriceSourceError(CommonwattError):
    """A source outside did not give prices."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a request was not fulfilled.

    Attributes:
        code: of ENTSO-E's code list; ``999`` stands for any reason that has no code of its own.
        text: for people.
    """

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()


class AcknowledgementError(PriceSourceError):
    """An acknowledgement came in place of prices: as a rule, nothing is published for that time.

    Attributes:
        reasons: as the document gives them.
    """

    def __init__(self, place: str, reasons: Sequence[Reason]) -> None:
        said = "; ".join(map(str, reasons)) or "without a reason"
        super().__init__(f"{place}: no prices, but an acknowledgement: {said}")
        self.reasons = tuple(reasons)


class IncompleteDayError(PriceSourceError):
    """A document lacks prices of the day that it was asked for."""


class PriceServiceError(PriceSourceError):
    """A service could not be reached, or refused the request.

    Attributes:
        status: HTTP status of its last answer, None where there was none.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
