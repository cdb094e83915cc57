"""Other people's clients against the two simulators, to keep these honest.

The suite does not run them: each wants an environment of its own. `python -m tests.clients.<name>` installs a client
into `build/clients` and plays the scene: aiogram, grammy and telegraf with Telegram, dimo_python_sdk and
dimo_data_sdk with DIMO.
"""
