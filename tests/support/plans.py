"""How a database finds the rows of each statement that is run: by an index, or by reading a whole table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import cast

import pytest
from sqlalchemy.engine.interfaces import DBAPICursor

from storage.engine.statements import Statement, Values

# A partial index holds few rows; other indexes hold every row, and to read one from end to end is a scan too.
_FEW = r"ix_(prompts_open|prompts_stale|actions_unfinished|actions_unshown|actions_watched|members_untold)\b"
_SCAN = re.compile(rf"SCAN (\w+)(?! USING (?:COVERING )?INDEX {_FEW})\b|Seq Scan on (\w+)")


@contextmanager
def plans() -> Iterator[dict[str, str]]:
    """Collect the plan of each statement, by its text; the statements run as usual.

    Few rows are read fastest without an index, so PostgreSQL is asked for its plan as if that were forbidden.
    """
    seen: dict[str, str] = {}
    execute = Statement.execute

    def explained(statement: Statement, cursor: DBAPICursor, values: Values) -> None:
        with closing(cursor.connection.cursor()) as aside:
            is_sqlite = type(cursor.connection).__module__.startswith("sqlite3")
            if not is_sqlite:
                aside.execute("SET LOCAL enable_seqscan = off")
            asking = _Explaining(aside, "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN")
            execute(statement, cast("DBAPICursor", asking), values)
            seen[asking.asked] = "\n".join(str(row[-1]) for row in aside.fetchall())
            if not is_sqlite:
                aside.execute("SET LOCAL enable_seqscan = on")
        execute(statement, cursor, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Statement, "execute", explained)
        yield seen


class _Explaining:
    """A cursor that asks for the plan of a statement in place of running it."""

    def __init__(self, cursor: DBAPICursor, word: str) -> None:
        self._cursor = cursor
        self._word = word
        self.asked = ""

    def execute(self, statement: str, values: Sequence[object] | Mapping[str, object]) -> None:
        self.asked = statement
        self._cursor.execute(f"{self._word} {statement}", values)


def whole_reads(seen: dict[str, str]) -> dict[str, set[str]]:
    """Return the tables that are read from end to end, with the statements that do so."""
    found: dict[str, set[str]] = {}
    for statement, plan in seen.items():
        for names in _SCAN.findall(plan):
            found.setdefault("".join(names), set()).add(statement)
    return found
