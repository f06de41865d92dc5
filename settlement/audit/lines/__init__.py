"""The lines of the published files as typed values, a module a subject."""
