"""What others may ask the bot over HTTP where PUBLIC_URL is set: Telegram's updates, and DIMO's sign-in page."""
