"""HTTP to Telegram, with retries: updates in, messages and edits out."""
