"""Consumers of the record stream."""
