"""Real tools behind `harness.ports`: git, pytest in the target's interpreter, fixers, the clock."""
