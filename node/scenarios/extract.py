"""Make the extract of SimBench that ships with the package.

    python -m node.scenarios.extract node/scenarios/data/simbench-profiles.csv

The same release of SimBench gives the same file, byte for byte. Needs the extra ``scenario``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from domain.errors import CommonwattError
from node.scenarios.profiles import write_profiles
from node.scenarios.simbench_data import quiet, simbench, week_of_profiles

LOAD_PROFILES: Final = (
    *("H0-A", "H0-B", "H0-C", "H0-G", "H0-L"),  # homes
    *("L0-A", "L1-A", "L2-A"),  # homes with a small farm
    *("G0-A", "G1-A", "G1-B", "G1-C", "G4-A"),  # trade; G1 works on weekdays, as a school does
)
PV_PROFILES: Final = ("PV2", "PV5", "PV6", "PV8")
"""Four places with one weather in this week: two turned east, one south, one west."""

MONDAY: Final = date(2016, 4, 4)
"""First full week of April: seven different days of sun, after the change of the clocks."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the extract; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m node.scenarios.extract", description=__doc__)
    parser.add_argument("path", type=Path, help="the CSV file to write")
    path: Path = parser.parse_args(arguments).path
    try:
        package = simbench()
    except CommonwattError as error:
        print(error, file=sys.stderr)
        return 2
    with quiet():
        year = package.get_all_simbench_profiles(0)
    write_profiles(path, week_of_profiles(year, LOAD_PROFILES, PV_PROFILES, MONDAY))
    return 0


if __name__ == "__main__":
    sys.exit(main())
