"""Other people's Bot API clients, each with a small bot, worked against the local Bot API server.

No part of the suite: aiogram's requirements don't agree with the bot's pins, the others are written for Node.
`python -m tests.clients.aiogram`, `.grammy` or `.telegraf` installs the client into `build/clients` and plays.
"""
