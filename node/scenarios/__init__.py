"""Communities to run: who takes part, what they consume and produce, and what they would bid.

A scenario is a TOML file and a table of profiles beside it. It knows no keys and signs nothing:
it ends in plain quantities and prices that a participant's client turns into orders.
"""
