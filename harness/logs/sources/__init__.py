"""Where a log is read from, as lines: files, folders, archives."""
