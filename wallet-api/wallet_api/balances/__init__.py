"""Balances of the currency and the energy token."""
