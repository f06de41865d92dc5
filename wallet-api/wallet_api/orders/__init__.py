"""Placing signed orders and reading them back."""
