"""The README, `.env.example` and the code say the same."""

import ast
import dataclasses
import importlib
import re
import tomllib
from pathlib import Path

import pytest

from bot import settings
from bot.__main__ import USAGE
from bot.domain.outcomes import State
from bot.telegram.routes import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
FIELDS = {field.name.upper(): field for field in dataclasses.fields(settings.Settings)}
REQUIRED = {name for name, field in FIELDS.items() if field.default is dataclasses.MISSING}
NEEDED = {"TELEGRAM_BOT_TOKEN": "123456789:" + "a" * 35, "ENCRYPTION_KEYS": "k" * 43}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def default_of(name: str) -> str:
    """Write the default as a person would; empty where there is none."""
    return "" if name in REQUIRED else str(FIELDS[name].default or "")


VARIABLES = {name: default_of(name) for name in FIELDS}


def rows(first_cell: str) -> list[list[str]]:
    """Read the rows of the README's table whose head begins with this cell."""
    table = read("README.md").partition(f"| {first_cell} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_example_holds_every_variable_with_its_default_in_the_codes_order() -> None:
    found = re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", read(".env.example"), re.MULTILINE)
    assert found == list(VARIABLES.items())


def test_the_example_explains_every_block_of_variables() -> None:
    blocks = [block.splitlines() for block in read(".env.example").strip().split("\n\n")]
    assert not [block for block in blocks if not block[0].startswith("# ")]


def test_the_example_leaves_open_what_is_required_and_nothing_else() -> None:
    assert set(re.findall(r"^([A-Z_]+)=$", read(".env.example"), re.MULTILINE)) == REQUIRED


def test_the_example_uncommented_gives_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(re.sub(r"^#([A-Z])", r"\1", read(".env.example"), flags=re.MULTILINE), encoding="utf-8")
    assert settings.load(NEEDED, env_file=file) == settings.load(NEEDED, env_file=None)


def test_the_readme_lists_every_variable_with_its_default() -> None:
    assert {cells[0].strip("`"): cells[1].strip("`") for cells in rows("variable")} == {
        name: "required" if name in REQUIRED else default or "none" for name, default in VARIABLES.items()
    }


def test_the_readme_lists_every_command_of_the_menu() -> None:
    assert sorted(cells[0].strip("`/") for cells in rows("command")) == sorted(command.name for command in COMMANDS)


def test_the_readme_explains_every_outcome() -> None:
    words = {cells[0].strip("`").replace(" ", "_").lower() for cells in rows("word")}
    assert words == {str(state) for state in State} - {State.QUEUED}


def texts() -> set[str]:
    """Read every text in the code, with the markup that people don't see taken out."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "bot").rglob("*.py")]
    constants = [node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {re.sub(r"</?[a-z]+>", "", text) for text in constants if isinstance(text, str)}


def test_every_message_that_the_readme_explains_is_one_that_people_see() -> None:
    said = texts()
    named = [text for cells in rows("message") for text in re.findall(r"`([^`]+)`", cells[0])]
    parts = [part for text in named for part in re.split(r"[A-Z_]{8,}|8000", text)]
    assert len(named) > 15
    assert not [part for part in parts if not any(part.strip(" :") in text for text in said)]


def test_the_readme_lists_every_verb() -> None:
    described = re.findall(r"^(\S+)(?: [A-Z]+)?  +\S", USAGE.partition("\n\n")[2], re.MULTILINE)
    shown = [cells[0].removeprefix("`python -m bot").strip("` ").partition(" ")[0] for cells in rows("verb")]
    assert sorted(verb or "run" for verb in shown) == sorted(described)


@pytest.mark.parametrize("file", ["Procfile", ".ci/run", "tests/test_layers.py", "requirements.txt"])
def test_files_that_the_readme_names_are_there(file: str) -> None:
    assert file in read("README.md")
    assert (ROOT / file).is_file()


def test_folders_in_the_readmes_map_are_there() -> None:
    named = re.findall(r"^((?:bot|storage)[\w/]*/)\s", read("README.md"), re.MULTILINE)
    assert named
    assert all((ROOT / folder).is_dir() for folder in named)


def test_the_command_of_the_package_is_the_command_line() -> None:
    declared = tomllib.loads(read("pyproject.toml"))["project"]
    module, _, function = declared["scripts"]["dimo-family-bot"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))
