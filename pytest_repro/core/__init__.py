"""Pure parts: numbers, seeds, signatures and records. Standard library only; no files, no clock, no global random."""
