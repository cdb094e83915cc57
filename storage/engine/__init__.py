"""The database itself: engines, transactions, upserts, locks, presence, backups."""
