"""The bot, with a count of its statements: it is printed at the end, and at each SIGUSR1 begun anew."""

import signal
import sys
from collections.abc import Mapping

from sqlalchemy.engine.interfaces import DBAPICursor

from bot.__main__ import main
from storage.engine.statements import Statement, Values

_counts: dict[str, int] = {}
_execute = Statement.execute


def _counted(statement: Statement, cursor: DBAPICursor, values: Values) -> None:
    text = " ".join(str(vars(statement)["_sql"]).split())
    _counts[text] = _counts.get(text, 0) + 1
    _execute(statement, cursor, values)


def _report(counts: Mapping[str, int]) -> None:
    print(f"  {sum(counts.values())} statements, {len(counts)} different ones", flush=True)
    for text, number in sorted(counts.items(), key=lambda one: -one[1])[:5]:
        print(f"    {number} x {text[:60]}...{text[-40:]}", flush=True)


if __name__ == "__main__":
    setattr(Statement, "execute", _counted)  # noqa: B010 - a method is replaced
    signal.signal(signal.SIGUSR1, lambda *_: _counts.clear())
    status = main([])
    _report(_counts)
    sys.exit(status)
