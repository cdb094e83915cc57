"""The services of the simulated DIMO over HTTP."""
