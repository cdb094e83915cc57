"""The arrows between the rooms: who may import whom."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

STORAGE = {"storage", "storage.engine", "storage.repositories"}
SERVICE = {"bot.service", "bot.domain", "bot.dimo", *STORAGE}
CAPABILITIES = {
    f"bot.service.{name}" for name in ("account", "actions", "cars", "codes", "family", "notes", "notifications")
}
INNER = {"bot", "bot.settings", "bot.connections", "bot.domain", "bot.dimo", "bot.service", *CAPABILITIES, *STORAGE}

# Room -> the rooms of ours that it may import besides itself. A module's room is the longest name that fits.
ARROWS: Mapping[str, set[str]] = {
    "bot": set(),
    "bot.settings": {"bot", "bot.dimo"},
    "bot.lengths": set(),
    "bot.serving": set(),
    "bot.metrics": {"bot.domain", "bot.service"},
    "bot.health": {"bot.metrics", "bot.service"},
    "bot.monitoring": {
        *("bot", "bot.domain", "bot.dimo", "bot.service", "bot.settings", "bot.telegram.transport", *STORAGE),
        *("bot.health", "bot.metrics", "bot.serving"),
    },
    "bot.web": {"bot.domain", "bot.lengths", "bot.settings", "bot.telegram.texts"},
    "bot.wiring.web": INNER | {"bot.web", "bot.wiring", "bot.telegram.transport"},
    "bot.connections": {"bot", "bot.lengths"},
    "bot.clock": {"bot.domain"},
    "bot.logs": {"bot.dimo"},
    "bot.__main__": {"bot", "bot.commandline"},
    "bot.commandline": {
        *("bot", "bot.logs", "bot.settings", "bot.lifetime", "bot.checkup", "bot.demo.run"),
        *("bot.failures", "bot.opening"),
        *("storage", "storage.maintenance"),
    },
    "bot.wiring": INNER
    | {"bot.telegram", *(f"bot.telegram.{name}" for name in ("announcer", "handlers", "transport"))},
    "bot.failures": {"bot", "bot.monitoring", "bot.telegram.transport", "storage"},
    "bot.opening": {"bot.service", "bot.settings", "bot.telegram", "bot.telegram.transport", "storage"},
    "bot.lifetime": INNER
    | {"bot.opening", "bot.wiring", "bot.wiring.web", "bot.clock", "bot.monitoring", "bot.picture", "bot.telegram"}
    | {"bot.telegram.transport"},
    "bot.checkup": INNER | {"bot.wiring", "bot.clock", "bot.logs", "bot.telegram.transport", "storage.maintenance"},
    "bot.domain": {"bot.lengths"},
    "bot.picture": {"bot.domain"},
    "bot.dimo": {"bot.lengths"},
    "bot.service": {"bot.domain", "bot.dimo", "storage.maintenance", *STORAGE},
    "bot.service.account": SERVICE,
    "bot.service.cars": SERVICE | {"bot.service.account"},
    "bot.service.notifications": SERVICE | {"bot.service.cars"},
    "bot.service.notes": SERVICE | {"bot.service.account", "bot.service.cars", "bot.service.notifications"},
    "bot.service.family": SERVICE | {"bot.service.notifications"},
    "bot.service.actions": SERVICE | {"bot.service.account", "bot.service.cars", "bot.service.notifications"},
    "bot.service.codes": SERVICE | {"bot.service.account", "bot.service.cars"},
    "bot.telegram.ui": {"bot.lengths", "bot.domain"},
    "bot.telegram.texts": {"bot.lengths", "bot.domain", "bot.service", *CAPABILITIES, "bot.telegram.ui"},
    "bot.telegram.screens": {"bot.domain", "bot.service", *CAPABILITIES, "bot.telegram.ui", "bot.telegram.texts"},
    "bot.telegram.transport": {"bot.domain", "bot.service", "bot.telegram.ui"},
    "bot.telegram.requests": {"bot.domain", "bot.service", "bot.telegram.ui"},
    "bot.telegram.announcer": {
        *("bot.domain", "bot.service", *CAPABILITIES),
        *("bot.telegram.ui", "bot.telegram.texts", "bot.telegram.screens", "bot.telegram.transport"),
    },
    "bot.telegram.handlers": {
        *("bot.domain", "bot.service", *CAPABILITIES, "bot.telegram.requests", "bot.telegram.announcer"),
        *("bot.telegram.ui", "bot.telegram.texts", "bot.telegram.screens", "bot.telegram.transport"),
    },
    "bot.telegram": {
        *("bot.lengths", "bot.domain", "bot.service", *CAPABILITIES, "bot.telegram.requests", "bot.telegram.handlers"),
        *("bot.telegram.ui", "bot.telegram.texts", "bot.telegram.screens", "bot.telegram.transport"),
    },
    "bot.demo": {"bot.serving"},
    "bot.demo.dimo": {"bot.demo", "bot.serving"},
    "bot.demo.dimo.http": {"bot.demo", "bot.demo.dimo", "bot.serving"},
    "bot.demo.dimo.world": {"bot.demo", "bot.demo.dimo", "bot.demo.dimo.http", "bot.serving"},
    "bot.demo.telegram": {"bot.demo"},
    "bot.demo.telegram.http": {"bot.demo", "bot.demo.telegram", "bot.serving"},
    "bot.demo.telegram.world": {"bot.demo", "bot.demo.telegram", "bot.demo.telegram.http"},
    "bot.demo.app": {
        *("bot.demo", "bot.demo.dimo", "bot.demo.dimo.world", "bot.demo.telegram", "bot.demo.telegram.world"),
        *("bot.serving", "bot.picture", "bot.domain"),
    },
    "bot.demo.app.child": {"bot", "bot.failures", "bot.logs", "bot.settings", "bot.demo", "bot.lifetime"},
    "bot.demo.run": {"bot.demo", "bot.demo.app"},
    "storage": {"storage.encryption", "storage.engine", "storage.maintenance", "storage.records"},
    "storage.records": set(),
    "storage.states": set(),
    "storage.times": set(),
    "storage.columns": {"storage.times"},
    "storage.tables": {"storage.columns", "storage.states", "storage.times"},
    "storage.partial_indexes": {"storage.tables"},
    "storage.encryption": {"storage.tables"},
    "storage.engine": {"storage.encryption"},
    "storage.migrations": {"storage.tables", "storage.partial_indexes"},
    "storage.repositories": {
        *("storage.encryption", "storage.engine", "storage.partial_indexes"),
        *("storage.records", "storage.states", "storage.tables"),
    },
    "storage.maintenance": {
        *("storage.encryption", "storage.engine", "storage.migrations", "storage.states", "storage.tables"),
        "storage.repositories",
    },
}

OUTERMOST = {"bot.wiring", "bot.lifetime", "bot.checkup"}
KNOW_TELEGRAM = {"bot.failures", "bot.telegram", *OUTERMOST}
KNOW_HTTP = {
    "bot.proxies",
    "bot.connections",
    "bot.metrics",
    "bot.monitoring",
    "bot.dimo",
    "bot.demo.dimo",
    "bot.telegram",
    *OUTERMOST,
}
SQL = {"sqlmodel", "sqlalchemy", "alembic", "psycopg"}
# `__main__` hands the environment to `settings.load`, `bootstrap` hands it to the processes that it starts,
# and `proxies` says which of two names is set.
READ_THE_ENVIRONMENT = {"bot.proxies", "bot.__main__", "bot.bootstrap"}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def texts() -> Mapping[str, str]:
    """Read every module of ours, by its name."""
    paths = [path for room in ("bot", "storage") for path in (ROOT / room).rglob("*.py")]
    return {module_of(path): path.read_text(encoding="utf-8") for path in paths}


def names_in(module: str) -> Iterator[str]:
    """Every module that is named in an import, anywhere in the file."""
    for node in ast.walk(ast.parse(texts()[module])):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: a relative import hides the arrow"
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from (parts & texts().keys()) or {node.module or ""}


@cache
def arrows() -> tuple[tuple[str, str], ...]:
    return tuple((module, name) for module in texts() for name in names_in(module))


def room_of(module: str) -> str:
    return max((room for room in ARROWS if f"{module}.".startswith(f"{room}.")), key=len)


def is_below(module: str, rooms: set[str]) -> bool:
    return any(f"{module}.".startswith(f"{room}.") for room in rooms)


def top_of(module: str) -> str:
    return module.partition(".")[0]


def test_a_room_imports_only_what_its_arrows_allow() -> None:
    ours = [(module, name) for module, name in arrows() if top_of(name) in {"bot", "storage"}]
    assert ours
    assert not [
        (module, name) for module, name in ours if room_of(name) not in ARROWS[room_of(module)] | {room_of(module)}
    ]


def test_telegram_http_and_sql_are_known_in_their_rooms_only() -> None:
    for libraries, rooms in (
        ({"telegram"}, KNOW_TELEGRAM),
        ({"httpx", "httpcore"}, KNOW_HTTP),
        (SQL, {"storage"}),
        ({"graphql"}, {"bot.demo.dimo.http"}),
        ({"PIL"}, {"bot.picture"}),
    ):
        users = {module for module, name in arrows() if top_of(name) in libraries}
        assert not [module for module in users if not is_below(module, rooms)]


def test_no_modules_import_each_other_in_a_circle() -> None:
    """TopologicalSorter.prepare raises CycleError, which names the circle."""
    graph: dict[str, set[str]] = {module: set() for module in texts()}
    for module, name in arrows():
        if name in graph and name != module:
            graph[module].add(name)
    TopologicalSorter(graph).prepare()


def test_tables_stay_inside_storage() -> None:
    assert not [module for module, name in arrows() if name == "storage.tables" and top_of(module) != "storage"]


def test_only_the_outermost_modules_read_the_environment() -> None:
    readers = {module for module, text in texts().items() if "os.environ" in text or "getenv" in text}
    assert readers <= READ_THE_ENVIRONMENT


def test_messages_are_sent_and_edited_in_two_modules_only() -> None:
    """One writes, and the other is its only caller: there they wait for Telegram's limits."""
    sends = re.compile(r"\bbot\.(send|edit|copy|forward|pin)_")
    ours = {module: text for module, text in texts().items() if not is_below(module, {"bot.demo"})}
    senders = {module for module, text in ours.items() if sends.search(text)}
    assert senders == {"bot.telegram.transport.chat", "bot.telegram.transport.writing"}


def test_the_domain_is_standard_library_without_await() -> None:
    domain = {module for module in texts() if room_of(module) == "bot.domain"}
    assert {top_of(name) for module, name in arrows() if module in domain} <= sys.stdlib_module_names | {"bot"}
    assert not [module for module in domain if "async " in texts()[module] or "await " in texts()[module]]


def test_what_runs_before_the_packages_are_there_needs_none() -> None:
    first = {"bot", "bot.bootstrap"}
    assert {top_of(name) for module, name in arrows() if module in first} <= sys.stdlib_module_names
