"""Secrets in log text: where they may stand, how they look, and what is put in their place."""
