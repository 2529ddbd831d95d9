"""The flow from a CI log to a verified fix: one step a file, each a function `run` that returns its fact."""
