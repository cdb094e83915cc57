"""Everything that people see: python-telegram-bot's updates in, screens out.

Asks the use cases and renders the rules' values; knows neither DIMO nor the database.
"""
