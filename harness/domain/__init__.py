"""What the harness talks about: pure values, without files, network or clock."""
