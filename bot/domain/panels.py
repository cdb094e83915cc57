"""The panel of a car."""

from enum import StrEnum


class Page(StrEnum):
    """The two keyboards of a panel."""

    MAIN = "main"
    MORE = "more"
