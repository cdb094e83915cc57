"""Makes a bare Python ready for the bot: a `.venv` beside pyproject.toml, filled from the pinned lists.

Standard library only. An older Python can read it, so that it can say that it is too old.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)

_PYTHON = "Python {}.{}".format(*sys.version_info[:2])
_RUN = (
    *("telegram", "httpx", "sqlmodel", "alembic", "psycopg", "cryptography", "pydantic", "dotenv"),
    *("Crypto", "jwt", "graphql", "starlette", "uvicorn", "sniffio", "prometheus_client"),
)
_TEST = ("pytest", "pytest_asyncio", "pytest_timeout", "xdist", "hypothesis", "playwright", "mypy", "ruff")
_MODULES = {"run": _RUN, "test": _RUN + _TEST}
_LISTS = {"run": ("requirements.txt",), "test": ("requirements.txt", "tests/requirements.txt")}
_UNFINISHED = "unfinished"
_PIP = (
    *("-m", "pip", "install", "--isolated", "--require-hashes", "--only-binary", ":all:"),
    *("--no-input", "--disable-pip-version-check", "--progress-bar", "off", "-r"),
)
_SERVICE_MANAGERS = ("INVOCATION_ID", "NOTIFY_SOCKET")  # systemd and its like set these


class SetupError(Exception):
    """The set-up cannot continue; the text is one line that says what helps."""


def ensure(purpose: str = "run", root: Path = ROOT) -> None:
    """Return if the packages for `purpose` ("run" or "test") are there; else install them and start again.

    Ends the process with status 1 and one line where that is impossible. Packages that this Python already has are
    used as they are.
    """
    try:
        if not _is_ready(purpose, root):
            if not _is_complete(purpose, root):
                _set_up(purpose, root)
            _start_again(_interpreter(root))
    except SetupError as failure:
        say(str(failure), "CRITICAL")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _is_ready(purpose: str, root: Path) -> bool:
    if sys.version_info[:2] < OLDEST:
        raise SetupError("Python {}.{} or newer is needed: this is {}.".format(*OLDEST, _PYTHON))
    is_inside = Path(sys.prefix) == root / ".venv" or Path(sys.executable) == _interpreter(root)
    if is_inside and _stamp(root, "run").exists():
        return _is_complete(purpose, root)
    return all(importlib.util.find_spec(name) for name in _MODULES[purpose])


def _set_up(purpose: str, root: Path) -> None:
    """Fill `.venv`; the stamps are written last, so that the next run repairs a set-up that was interrupted."""
    say(f"Setting up {root / '.venv'} (this happens once and takes about a minute) ...")
    try:
        _make_venv(root)
        _stamp(root, "test").unlink(missing_ok=True)
        _stamp(root, "run").write_text(_UNFINISHED, encoding="utf-8")
        python = str(_interpreter(root))
        _call(python, "-m", "ensurepip", "--upgrade", "--default-pip")
        _install(python, root / _LISTS[purpose][-1], root)
        _note_contents(root)
        for covered in ("run", purpose):
            _stamp(root, covered).write_text(_wanted(covered, root), encoding="utf-8")
    except (OSError, ValueError) as error:  # ValueError: `.venv` is a file
        raise SetupError(f"The set-up of {root / '.venv'} failed: {error}") from error


def _make_venv(root: Path) -> None:
    """Make `.venv`; one of ours that is unfinished, lost a part, or that another Python made, is made again."""
    _ensure_ensurepip()
    import venv

    stamp = _stamp(root, "run")
    is_ours = stamp.exists()
    is_usable = is_ours and stamp.read_text(encoding="utf-8").startswith(_PYTHON + "\n") and _has_every_part(root)
    if not is_usable:  # a usable one is left as it is: another Python of this version may have made it
        venv.create(root / ".venv", clear=is_ours, symlinks=os.name != "nt")


def _ensure_ensurepip() -> None:
    """Debian has the modules that fill a virtual environment in a package of its own.

    Root installs it where somebody can read that: on a terminal, or in CI. A service never changes the machine.
    """
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    import shutil

    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    is_service = any(name in os.environ for name in _SERVICE_MANAGERS)
    is_read = not is_service and (sys.stderr.isatty() or "CI" in os.environ)
    if is_root and is_read and shutil.which("apt-get"):
        say(f"Installing Debian's {package} with apt-get, as this Python cannot make a virtual environment ...")
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        _call("apt-get", "-qq", "update")
        _call("apt-get", "-qq", "-y", "--no-install-recommends", "install", package)
        importlib.invalidate_caches()
    if not importlib.util.find_spec("ensurepip"):
        raise SetupError(f"Python's venv module is missing. First run: sudo apt-get install {package}")


def _install(python: str, wanted: Path, root: Path) -> None:
    """Install the list `wanted`, and show the progress: it takes minutes on a slow line.

    Neither a variable nor a file of the person's own can make pip fetch anything but what the hashes name.
    """
    import subprocess
    import tempfile

    lists = {wanted, root / "requirements.txt"}
    pins = [line for path in lists for line in path.read_text(encoding="utf-8").splitlines() if "==" in line]
    count = sum(" ; " not in pin for pin in pins)  # a pin with a condition is for Windows alone
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        command = [python, *_PIP, str(wanted)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as pip:  # noqa: S603 - as in _call
            _tell_progress(pip.stdout or (), count)
        if pip.returncode:
            errors.seek(0)
            raise SetupError(f"The packages could not be installed.\n{errors.read().strip()}")


def _tell_progress(lines: Iterable[str], count: int) -> None:
    """Show the number of packages: on a terminal in one line, in a log with a line for every ten of them."""
    is_terminal = sys.stderr.isatty() and not _is_for_collector()
    fetched = 0
    for line in lines:
        if line.startswith("Collecting "):
            fetched += 1
            if is_terminal:
                sys.stderr.write(f"\rFetching packages: {fetched} of {count} ...")
                sys.stderr.flush()
            elif fetched % 10 == 0:
                say(f"Fetching packages: {fetched} of {count} ...")
        elif line.startswith("Installing collected"):
            say("\nInstalling the packages ..." if is_terminal else "Installing the packages ...")


def _call(*command: str) -> None:
    import subprocess

    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise SetupError(f"Failed: {' '.join(command)}\n{(done.stderr or done.stdout).strip()}")


def _is_complete(purpose: str, root: Path) -> bool:
    """Return whether a set-up by this Python, from the present lists, was finished."""
    try:
        written = _stamp(root, purpose).read_text(encoding="utf-8")
    except OSError:
        return False
    return written == _wanted(purpose, root) and _has_every_part(root)


def _has_every_part(root: Path) -> bool:
    """Return whether `.venv` still holds what the set-up put there; one look at a folder is enough for that."""
    try:
        noted = (root / ".venv" / "contents").read_text(encoding="utf-8").splitlines()
        is_there = set(noted) <= {path.name for path in _packages(root).iterdir()}
    except OSError:
        return False
    return is_there and (root / ".venv" / "pyvenv.cfg").exists() and _interpreter(root).exists()


def _note_contents(root: Path) -> None:
    """Note what was installed, except pip, which people update."""
    names = (path.name for path in _packages(root).iterdir())
    noted = sorted(name for name in names if not name.startswith(("pip", "__")))
    (root / ".venv" / "contents").write_text("\n".join(noted), encoding="utf-8")


def _wanted(purpose: str, root: Path) -> str:
    """Return the stamp of a finished set-up: the lists themselves, as comparing them is cheaper than a hash."""
    return "\n".join([_PYTHON, *((root / name).read_text(encoding="utf-8") for name in _LISTS[purpose])])


def _stamp(root: Path, purpose: str) -> Path:
    return root / ".venv" / f"{purpose}.stamp"


def _packages(root: Path) -> Path:
    python = "python{}.{}".format(*sys.version_info[:2])
    return root / ".venv" / ("Lib/site-packages" if os.name == "nt" else f"lib/{python}/site-packages")


def _interpreter(root: Path) -> Path:
    return root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _start_again(interpreter: Path) -> None:
    """Run the same command line, options of Python included, under `interpreter`."""
    command = [str(interpreter), *sys.orig_argv[1:]]
    if os.name == "nt":  # execv returns to the shell at once there, while the bot still runs
        import subprocess

        raise SystemExit(subprocess.run(command, check=False).returncode)  # noqa: S603 - the caller's own command
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - the caller's own command


def say(text: str, level: str = "INFO") -> None:
    """Write a line to standard error; as JSON, like the lines of the log, where LOG_FORMAT in the environment says so."""
    if _is_for_collector():
        import json
        from datetime import datetime, timezone

        # `datetime.UTC` is too new for the Pythons that must be able to read this.
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")  # noqa: UP017
        text = json.dumps({"time": now, "level": level, "logger": "bot", "message": text.strip()}, ensure_ascii=False)
    sys.stderr.write(text + "\n")


def _is_for_collector() -> bool:
    return os.environ.get("LOG_FORMAT", "").strip(" \"'").lower() == "json"
