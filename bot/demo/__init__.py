"""A simulated Telegram and a simulated DIMO, for the tests and for the verb `demo`.

Both are written from their public descriptions and import nothing of the bot, so that they cannot share a mistake
with it. `run` starts the real bot between them, in a process of its own, and serves a page to try it on. Only that
process, `app/child.py`, imports the bot.
"""
