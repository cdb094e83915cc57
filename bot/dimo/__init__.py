"""DIMO over HTTP: knows DIMO's services, tokens and errors; start reading at `client.Dimo`.

Must not know Telegram, the database, roles or prompts: it imports nothing of ours.
"""
