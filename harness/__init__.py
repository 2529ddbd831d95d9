"""The `repro` program: from a CI log to a verified fix."""
