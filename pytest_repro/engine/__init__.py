"""How an iteration is executed and written down."""
