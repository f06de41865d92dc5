"""Bilateral trades with preferences for partners and attributes, and network fees by pair."""

from __future__ import annotations

from market.preferences.clearing import clear_with_preferences
from market.preferences.inputs import ANY, Preferences, Terms, Traits
from market.preferences.outcome import Bilateral

__all__ = ["ANY", "Bilateral", "Preferences", "Terms", "Traits", "clear_with_preferences"]
