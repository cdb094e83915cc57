"""The demo program: a simulated family with its cars, the real bot in a process of its own, and the page."""
