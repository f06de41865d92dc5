"""Measurements of Commonwatt, each a ratio to something everyone can measure beside it."""
