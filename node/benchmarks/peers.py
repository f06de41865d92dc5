"""What other programs took to clear 100,000 bids and 100,000 offers."""

from __future__ import annotations

from typing import Final, NamedTuple

PEERS_ORDERS: Final = 100_000
"""Orders a side of the book that all of them were given."""

ABOUT: Final = (
    "measured before by this project on a machine of the same kind (two cores of a cloud VM), "
    "not in this run"
)


class Peer(NamedTuple):
    """One program's time.

    Attributes:
        name: of the program.
        least_s: seconds of the quickest of its ways, or of its settings, that was measured.
        most_s: seconds of the slowest, or None where it was stopped before it was done.
    """

    name: str
    least_s: float
    most_s: float | None


PEERS: Final = (
    Peer("merit order, plain Python", 0.33, 0.33),
    Peer("linear program, HiGHS", 0.84, 50.0),
    Peer("lemlab", 2.5, 3.3),
    Peer("gsy-framework", 120.0, None),
)
