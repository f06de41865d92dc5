"""From trades and meter readings to positions, payments, certificates and statements."""
