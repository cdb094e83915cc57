"""Third-party clients against the two simulators, to check the simulators.

The suite does not run them: each wants an environment of its own. `python -m tests.clients.<name>` installs a client
into `build/clients` and plays the scene: aiogram, grammy and telegraf with Telegram, dimo_python_sdk and
dimo_data_sdk with DIMO.
"""
