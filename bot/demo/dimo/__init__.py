"""A simulated DIMO, written from its descriptions."""
