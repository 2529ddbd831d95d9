"""What CI systems put around the lines that a program printed."""
