"""The class of a failure: steps, endings, rules."""
