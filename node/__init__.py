"""The command line, scenarios, reports, and the composition of a running node."""
