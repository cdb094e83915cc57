"""The demo program: a family, its cars, the real bot in a process of its own, and the page."""
