"""The set-up of a bare machine without a network: the lists of packages are empty, the virtual environment is real."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot import bootstrap

COMMAND = """
import sys
from bot import bootstrap

bootstrap._MODULES = {"run": ("no_such_module",), "test": ("no_such_module",)}
bootstrap.ensure()
print("running in", sys.prefix, sys.argv[1:], sys.flags.dev_mode)
"""


def lay_out(folder: Path) -> None:
    """Write a project whose lists of packages are empty."""
    for name in ("bot", "tests"):
        (folder / name).mkdir()
    shutil.copy(bootstrap.__file__, folder / "bot")
    (folder / "bot/__init__.py").touch()
    (folder / "bot/__main__.py").write_text(COMMAND, encoding="utf-8")
    for name in ("requirements.txt", "tests/requirements.txt"):
        (folder / name).write_text("# nothing\n", encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose lists of packages are empty."""
    lay_out(tmp_path)
    return tmp_path


def run(root: Path, python: str | Path = sys.executable) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this interpreter
        [python, "-X", "dev", "-m", "bot", "a b", "--c"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A project that has really set itself up, which takes seconds; and what its command printed."""
    folder = tmp_path_factory.mktemp("set-up")
    lay_out(folder)
    return folder, run(folder)


@pytest.fixture
def set_up(first_run: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> Path:
    """A copy of a project that has set itself up."""
    return Path(shutil.copytree(first_run[0], tmp_path / "copy", symlinks=True))


def finish(root: Path, python: str = "") -> None:
    """Write the files that a finished set-up writes."""
    venv = root / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "pyvenv.cfg").touch()
    bootstrap._interpreter(root).parent.mkdir(exist_ok=True)
    bootstrap._interpreter(root).touch()
    (bootstrap._packages(root) / "httpx").mkdir(parents=True)
    bootstrap._note_contents(root)
    for purpose in ("run", "test"):
        text = bootstrap._wanted(purpose, root)
        bootstrap._stamp(root, purpose).write_text(text.replace(bootstrap._PYTHON, python or bootstrap._PYTHON))


def test_a_bare_python_sets_itself_up_once(first_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """The command then runs as it was typed, with the options of Python."""
    root, first = first_run
    expected = f"running in {root / '.venv'} ['a b', '--c'] True\n"
    assert (first.returncode, first.stdout) == (0, expected), first.stderr
    assert first.stderr.startswith(f"Setting up {root / '.venv'}")
    again = run(root)
    assert (again.stdout, again.stderr) == (expected, "")


def test_an_interrupted_set_up_is_repeated(root: Path) -> None:
    finish(root)
    (root / ".venv/run.stamp").write_text(bootstrap._UNFINISHED)
    assert not bootstrap._is_complete("run", root)
    (root / ".venv/half-installed").touch()
    bootstrap._make_venv(root)
    assert not (root / ".venv/half-installed").exists()


def test_an_environment_of_somebody_else_is_kept(root: Path) -> None:
    (root / ".venv").mkdir()
    (root / ".venv/theirs").touch()
    bootstrap._make_venv(root)
    assert (root / ".venv/theirs").exists()


def test_a_finished_set_up_is_recognised(root: Path) -> None:
    finish(root)
    assert bootstrap._is_complete("run", root)
    assert bootstrap._is_complete("test", root)


def test_a_changed_list_is_installed_again(root: Path) -> None:
    finish(root)
    (root / "tests/requirements.txt").write_text("# something\n")
    assert bootstrap._is_complete("run", root)
    assert not bootstrap._is_complete("test", root)
    (root / "requirements.txt").write_text("# something\n")
    assert not bootstrap._is_complete("run", root)


def test_another_python_creates_a_new_environment(root: Path) -> None:
    finish(root, python="Python 3.10")
    assert not bootstrap._is_complete("run", root)


def test_a_changed_list_leaves_the_environment_to_the_python_that_made_it(root: Path) -> None:
    """Two Pythons of one version on one machine: half of each is an environment that cannot start."""
    finish(root)
    (root / ".venv/pyvenv.cfg").write_text("home = /another/python/of/this/version\n", encoding="utf-8")
    (root / "requirements.txt").write_text("# something\n", encoding="utf-8")
    bootstrap._make_venv(root)
    assert (root / ".venv/pyvenv.cfg").read_text(encoding="utf-8").startswith("home = /another/")


@pytest.mark.parametrize("lost", ["pyvenv.cfg", "python", "package", "note"])
def test_an_environment_that_lost_a_part_is_created_again(root: Path, lost: str) -> None:
    finish(root)
    parts = {
        "pyvenv.cfg": root / ".venv/pyvenv.cfg",
        "python": bootstrap._interpreter(root),
        "package": bootstrap._packages(root) / "httpx",
        "note": root / ".venv/contents",
    }
    parts[lost].rename(root / "elsewhere")
    (root / ".venv/left-over").touch()
    assert not bootstrap._is_complete("run", root)
    bootstrap._make_venv(root)
    assert not (root / ".venv/left-over").exists()


def test_an_environment_whose_python_vanished_works_again(set_up: Path) -> None:
    """A link that points to a Python that was removed, as after an update of the machine."""
    for link in (set_up / ".venv/bin").glob("python*"):
        link.unlink()
        link.symlink_to(set_up / "gone")
    again = run(set_up)
    assert again.returncode == 0, again.stderr
    assert again.stderr.startswith("Setting up")


def test_a_package_that_vanished_is_installed_again_from_inside(set_up: Path) -> None:
    note = set_up / ".venv/contents"
    note.write_text(note.read_text(encoding="utf-8") + "\nhttpx", encoding="utf-8")
    again = run(set_up, bootstrap._interpreter(set_up))
    assert again.returncode == 0, again.stderr
    assert again.stderr.startswith("Setting up")
    assert run(set_up, bootstrap._interpreter(set_up)).stderr == ""


PIP = """
import sys
print(" ".join(sys.argv[1:]), file=open("pip.log", "w"))
for number in range(1, 26):
    print(f"Collecting package{number}==1.0", flush=True)
    print("  Downloading a file")
print("Installing collected packages: package1, package2")
"""


@pytest.fixture
def pip(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pip that says what the real one says; returns its script."""
    (root / "requirements.txt").write_text("".join(f"package{n}==1.0\n" for n in range(1, 26)), encoding="utf-8")
    (root / "pip.py").write_text(PIP, encoding="utf-8")
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTHONPATH", str(root))
    return root / "pip.py"


@pytest.mark.usefixtures("pip")
def test_packages_are_installed_by_hash_from_wheels_and_without_anybodys_options(root: Path) -> None:
    bootstrap._install(sys.executable, root / "requirements.txt", root)
    said = (root / "pip.log").read_text(encoding="utf-8").split()
    assert said[0] == "install"
    assert {"--require-hashes", "--isolated", "--no-input"} <= set(said)
    assert said[said.index("--only-binary") + 1] == ":all:"


@pytest.mark.usefixtures("pip")
def test_progress_is_told_while_packages_are_installed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap._install(sys.executable, root / "requirements.txt", root)
    assert capsys.readouterr().err.splitlines() == [
        "Fetching packages: 10 of 25 ...",
        "Fetching packages: 20 of 25 ...",
        "Installing the packages ...",
    ]


@pytest.mark.usefixtures("pip")
def test_a_terminal_shows_each_package_in_one_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    bootstrap._install(sys.executable, root / "requirements.txt", root)
    told = capsys.readouterr().err
    assert "\rFetching packages: 7 of 25 ..." in told
    assert told.endswith("25 of 25 ...\nInstalling the packages ...\n")


def test_what_pip_refuses_is_said_without_its_chatter(pip: Path, root: Path) -> None:
    refusal = "import sys\nprint('Collecting a==1')\nprint('ERROR: THESE PACKAGES DO NOT MATCH', file=sys.stderr)\n"
    pip.write_text(refusal + "sys.exit(1)\n", encoding="utf-8")
    with pytest.raises(bootstrap.SetupError, match=r"DO NOT MATCH$") as told:
        bootstrap._install(sys.executable, root / "requirements.txt", root)
    assert "Collecting" not in str(told.value)


def test_a_python_that_has_the_packages_is_left_alone(root: Path) -> None:
    bootstrap.ensure("test", root)
    assert not (root / ".venv").exists()


def test_a_failing_set_up_ends_with_status_1_and_the_reason(root: Path) -> None:
    (root / ".venv").touch()
    done = run(root)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"The set-up of {root / '.venv'} failed: ")


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of the calls of apt-get, on a Debian without its venv package."""
    log = tmp_path / "apt.log"
    tool = tmp_path / "apt-get"
    tool.write_text(f'#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >> {log}\n', encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DEBIAN_FRONTEND", "dialog")
    for name in ("CI", *bootstrap._SERVICE_MANAGERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    return log


PACKAGE = f"python3.{sys.version_info[1]}-venv"
MISSING = f"Python's venv module is missing. First run: sudo apt-get install {PACKAGE}"


@pytest.mark.parametrize("place", ["terminal", "CI"])
def test_root_on_debian_gets_the_missing_package_and_is_told_before(
    debian: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    if place == "CI":
        monkeypatch.setenv("CI", "true")
    else:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with pytest.raises(bootstrap.SetupError):
        bootstrap._ensure_ensurepip()
    update, install = debian.read_text(encoding="utf-8").splitlines()
    assert update == "noninteractive -qq update"
    assert install == f"noninteractive -qq -y --no-install-recommends install {PACKAGE}"
    assert capsys.readouterr().err.startswith(f"Installing Debian's {PACKAGE} with apt-get")


@pytest.mark.parametrize(("person", "is_terminal"), [(0, False), (1000, True)])
def test_others_on_debian_and_root_without_a_terminal_are_told_the_one_command_that_helps(
    debian: Path, monkeypatch: pytest.MonkeyPatch, person: int, is_terminal: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: person)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    with pytest.raises(bootstrap.SetupError) as told:
        bootstrap._ensure_ensurepip()
    assert str(told.value) == MISSING
    assert not debian.exists()


@pytest.mark.parametrize("manager", ["INVOCATION_ID", "NOTIFY_SOCKET"])
def test_a_service_manager_never_gets_a_package_of_debian(
    debian: Path, monkeypatch: pytest.MonkeyPatch, manager: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv(manager, "1")
    with pytest.raises(bootstrap.SetupError) as told:
        bootstrap._ensure_ensurepip()
    assert str(told.value) == MISSING
    assert not debian.exists()


def test_an_old_python_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (9, 9))
    with pytest.raises(SystemExit) as left:
        bootstrap.ensure("run", root)
    assert left.value.code == 1
    assert capsys.readouterr().err == f"Python 9.9 or newer is needed: this is {bootstrap._PYTHON}.\n"


def test_finished_set_up_starts_no_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finish(root)
    monkeypatch.setattr(sys, "prefix", str(root / ".venv"))
    monkeypatch.setattr(subprocess, "run", None)
    monkeypatch.setattr(os, "execv", None)
    bootstrap.ensure("run", root)


def test_the_lists_pin_every_package_that_the_project_names() -> None:
    project = tomllib.loads((bootstrap.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for listed, named in (
        ("requirements.txt", project["dependencies"]),
        ("tests/requirements.txt", project["optional-dependencies"]["test"]),
    ):
        lines = (bootstrap.ROOT / listed).read_text(encoding="utf-8").lower().splitlines()
        pinned = {line.partition("==")[0] for line in lines if "==" in line}
        assert {name.partition(">=")[0].partition("[")[0].lower() for name in named} <= pinned


@pytest.mark.parametrize("listed", ["requirements.txt", "tests/requirements.txt"])
def test_every_pin_has_its_hashes_and_no_address(listed: str) -> None:
    text = (bootstrap.ROOT / listed).read_text(encoding="utf-8")
    pins = re.findall(r"^[^\s#-].*(?:\n .*)*", text, re.MULTILINE)
    assert pins
    assert all(re.fullmatch(r"\S+==\S+( ; .+?)?( \\\n    --hash=sha256:[0-9a-f]{64})+", pin) for pin in pins)
    assert "://" not in text
