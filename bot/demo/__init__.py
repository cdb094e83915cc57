"""A world without internet: Telegram and DIMO as their descriptions say they are, for tests and for trying it out.

Plays both outer ends on the wire; imports nothing of ours, so that it can't share a mistake with the bot.
`run` puts the real bot between them, in a process of its own (`child`, which alone imports the bot), and serves a page.
"""
