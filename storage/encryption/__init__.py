"""The vault, and the tables with a sealed column."""
