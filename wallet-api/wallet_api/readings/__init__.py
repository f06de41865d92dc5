"""A participant's own meter readings with their proofs."""
