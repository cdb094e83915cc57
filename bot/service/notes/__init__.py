"""Notes: looks at cars, and what their reports give reason to tell."""
