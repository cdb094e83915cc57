"""The vault, and tables with sealed columns."""
