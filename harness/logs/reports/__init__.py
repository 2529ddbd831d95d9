"""Reports that machines wrote: JUnit, report logs, journals."""
