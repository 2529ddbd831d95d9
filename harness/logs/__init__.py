"""CI log text in, failing tests out: every module turns text into values of `harness.domain`."""
