"""How long things stay stored: the storage's own figures, for the texts that tell people of them."""

from storage.maintenance import retention

LIFETIMES = retention.LIFETIMES
"""How long what is kept outlives its moment, by the name of what it is."""
