"""What the bot tells an owner without being asked: collected in an outbox, then delivered."""
