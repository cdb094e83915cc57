"""One file a table: plain functions over an open transaction."""
