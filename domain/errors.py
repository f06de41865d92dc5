"""Errors that every room can raise and every edge can show to a person.

CommonwattError
├── InvalidValueError   a field holds something that it may not hold
└── RefusedError        a well-formed request that a rule forbids
"""

from __future__ import annotations


class CommonwattError(Exception):
    """Base of every error that Commonwatt raises on purpose."""


class InvalidValueError(CommonwattError):
    """A field holds something that it may not hold.

    Attributes:
        field: name of the field, with its place where it has one (``line 3: price``).
        expected: what would have been accepted.
        got: what came.
    """

    def __init__(self, field: str, expected: str, got: object) -> None:
        super().__init__(f"{field}: expected {expected}, got {got!r}")
        self.field = field
        self.expected = expected
        self.got = got


class RefusedError(CommonwattError):
    """A well-formed request that a rule of the market forbids.

    Attributes:
        code: stable name of the rule, for programs (``gate-closed``).
        reason: sentence for people.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
