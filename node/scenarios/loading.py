"""Reading scenario files, and finding those that ship with the package."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from domain.errors import InvalidValueError
from node.scenarios.profiles import read_profiles
from node.scenarios.scenario import Scenario
from oracle.prices.table import read_price_table

FORMAT: Final = "commonwatt-scenario/1"
PRICES: Final = "wholesale_prices"
"""Of the real-time tariff: in a file the name of a table, in a scenario the prices themselves."""

DATA: Final = Path(__file__).parent / "data"


def scenario_names() -> list[str]:
    """Return the names of the scenarios in the package, in alphabetical order."""
    return sorted(path.stem for path in DATA.glob("*.toml"))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a scenario by the name of one in the package, or from a file.

    Args:
        name_or_path: a name without a suffix (``benetutti``), or the path of a TOML file.

    Raises:
        InvalidValueError: where there is no such scenario, or naming the field that is wrong.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = DATA / f"{name_or_path}.toml"
        if path.stem not in scenario_names():
            expected = f"one of {', '.join(scenario_names())}, or the path of a .toml file"
            raise InvalidValueError("scenario", expected, str(name_or_path))
    return read_scenario(path)


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file and the tables that it names, which lie beside it.

    They are the table of profiles and, where the real-time tariff names one, a table of wholesale
    prices (``oracle.prices.table``), whose times carry their offsets from UTC.

    Raises:
        InvalidValueError: naming the field that is wrong or missing.
    """
    document = _read_toml(path)
    if document.pop("format", None) != FORMAT:
        raise InvalidValueError(f"{path.name}: format", repr(FORMAT), "something else")
    profiles = _beside(path, "profiles", document.get("profiles"))
    document["profiles"] = read_profiles(profiles)
    _read_prices(path, document)
    try:
        return TypeAdapter(Scenario).validate_python(document)
    except ValidationError as error:
        raise _first_fault(path, error) from error


def _read_prices(path: Path, document: dict[str, Any]) -> None:
    """Put the price table in place of its name, where there is one."""
    tariff = document.get("tariff")
    plan = tariff.get("real_time") if isinstance(tariff, dict) else None
    if isinstance(plan, dict) and PRICES in plan:
        plan[PRICES] = read_price_table(_beside(path, PRICES, plan[PRICES]))


def _beside(path: Path, field: str, name: object) -> Path:
    if not isinstance(name, str) or Path(name).name != name:
        raise InvalidValueError(field, "the name of a file beside the scenario", name)
    return _existing(path.parent / name)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_existing(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidValueError(path.name, "a TOML document", str(error)) from error


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InvalidValueError("scenario", "a file that exists", str(path))
    return path


def _first_fault(path: Path, error: ValidationError) -> InvalidValueError:
    fault = error.errors()[0]
    field = ".".join(str(part) for part in fault["loc"])
    return InvalidValueError(f"{path.name}: {field}", fault["msg"], fault.get("input"))
