"""Documents of prices in a folder, one a bidding zone and delivery day."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from domain.errors import InvalidValueError
from oracle.prices.eic import require_eic


class DocumentArchive:
    """A folder of documents as they came: ``ZONE/YYYY-MM-DD.xml``."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made when the first document is kept.

        Args:
            folder: where documents lie.
        """
        self._folder = folder

    def path(self, zone: str, day: date) -> Path:
        """Return where a document lies, or would lie.

        Raises:
            InvalidValueError: where the zone is no EIC.
        """
        require_eic("zone", zone)
        return self._folder / zone / f"{day.isoformat()}.xml"

    def find(self, zone: str, day: date) -> bytes | None:
        """Return a document that was kept, or None.

        Raises:
            InvalidValueError: where it cannot be read.
        """
        path = self.path(zone, day)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InvalidValueError(str(path), "a file that can be read", error.strerror) from error

    def keep(self, zone: str, day: date, content: bytes) -> None:
        """Keep a document in place of what was there; a crash leaves the one or the other whole.

        Raises:
            InvalidValueError: where it cannot be written.
        """
        path = self.path(zone, day)
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(content)
            fresh.replace(path)
        except OSError as error:
            expected = "a file that can be written"
            raise InvalidValueError(str(path), expected, error.strerror) from error
