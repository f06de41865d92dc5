"""A node whose settled interval is corrected by itself, and which dies where it is told to.

    python correction_process.py CHAIN_URL FOLDER NUMBER [STEP MOMENT]

As ``interval_process.py``, with a correction of the buyer's reading after the settlement. Every
process first goes on with what the one before it left, as a running node does.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from domain.interval import Interval
from domain.reading import Reading
from domain.units import WattHours
from identity.attestation import CorrectionReason
from node.duties import duties_of

world = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("interval_process.py"))))
MORE = 10


def correct_reading(run: Any, one: Interval, more: int = MORE) -> None:
    """Let the gateway say that the buyer took so many Wh more, and hand that in."""
    reading = Reading(one, 1, WattHours(700 + more), WattHours(0))
    batch = run.gateway.correct(one, CorrectionReason.METER_FAULT, [reading])
    run.node.ingest.receive(batch)
    run.gateway.acknowledge(batch.attestation.sequence)


def perform_duties(run: Any) -> list[Any]:
    """Do once what a running node does by itself."""
    return [outcome for duty in duties_of(run.node) for outcome in duty.perform()]


def tell(run: Any) -> None:
    unsettled = [one.interval.start for one in run.node.ingest.unsettled(1)]
    versions = [len(one.versions) for one in run.settled()]
    run.say(unsettled=unsettled, versions=versions)


def main(url: str, folder: str, number: str, *death: str) -> None:
    run = world.Run(url, Path(folder), "uniform-price")
    run.resume()
    perform_duties(run)
    tell(run)
    one = world.interval(int(number))
    run.go_through(one)
    correct_reading(run, one)
    if death:
        world.die_at(*death)
    perform_duties(run)
    tell(run)
    run.tell_the_end()


if __name__ == "__main__":
    main(*sys.argv[1:])
