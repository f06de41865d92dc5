"""A scenario's day, run in full: real chain, real API, real signatures, simulated households."""
