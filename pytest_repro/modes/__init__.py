"""What a run is for: one object each."""
