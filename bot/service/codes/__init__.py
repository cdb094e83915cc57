"""Error codes: requested, recorded, delivered to DIMO, watched."""
