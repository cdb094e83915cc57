"""The longest texts and answers that are accepted from outside: more is cut or refused before it is read."""

BODY = 1 << 20
"""Bytes of an answer of DIMO or Telegram, decoded."""

MESSAGE = 4096
"""Characters of a message or a caption, as Telegram limits them."""

FILE = 1 << 16
"""Bytes of a text file that a person sends."""

PASTED = 2 * FILE
"""Characters of a text that is searched for secrets, addresses and error codes: more than any message or file has."""

TOKEN = 8192
"""Characters of a JWT."""

BUTTON_DATA = 64
"""Bytes of a button's data, as Telegram limits them."""

DATE = 60
"""Characters of a date that a person writes, or that DIMO sends."""

PLACE = 100
"""Characters of a city that a person writes."""

NAME = 200
"""Characters of the name of a person, a group, a car, or anything else that DIMO names."""

EXPLANATION = 4000
"""Characters of DIMO's explanation of an error code."""

CODE_LIST = 10_000
"""Characters of a car's own list of error codes."""

HOURS = 200
"""Entries of a car's history that are read: a week has 168 hours."""

QUOTED = 2000
"""Characters that are quoted from the beginning of a text."""
