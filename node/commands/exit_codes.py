"""What the commands tell programs as they end; 0 is that all went well."""

from __future__ import annotations

from typing import Final

CHECK_FAILED: Final = 1
BAD_USAGE: Final = 2
NOT_GIVEN: Final = 3
"""Somebody else did not give what was asked for."""

INTERRUPTED: Final = 130
