"""The text that test runners print, read into failing tests."""
