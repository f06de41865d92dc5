"""One community's day under every mechanism, without a chain."""
