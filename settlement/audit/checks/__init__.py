"""The checks of an audit, one module a subject. Each takes the evidence and notes what it finds."""
