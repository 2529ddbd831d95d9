"""A day book that cannot be changed unnoticed."""
