"""The database itself: engines, transactions, statements, locks, presence, copies."""
