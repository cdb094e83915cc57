"""Makes a bare Python ready for the bot: a `.venv` beside pyproject.toml, filled from the pinned lists.

Standard library only. An older Python can read it, so that it can say that it is too old.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)

_PYTHON = "Python {}.{}".format(*sys.version_info[:2])
_RUN = (
    *("telegram", "httpx", "sqlmodel", "alembic", "psycopg", "cryptography", "pydantic", "dotenv"),
    *("Crypto", "jwt", "graphql", "starlette", "uvicorn", "sniffio"),
)
_TEST = ("pytest", "pytest_asyncio", "pytest_timeout", "xdist", "hypothesis", "playwright", "mypy", "ruff")
_MODULES = {"run": _RUN, "test": _RUN + _TEST}
_LISTS = {"run": ("requirements.txt",), "test": ("requirements.txt", "tests/requirements.txt")}
_UNFINISHED = "unfinished"


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
        _say(str(failure))
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
    _say(f"Setting up {root / '.venv'} (this happens once and takes about a minute) ...")
    try:
        _make_venv(root)
        _stamp(root, "test").unlink(missing_ok=True)
        _stamp(root, "run").write_text(_UNFINISHED, encoding="utf-8")
        python = str(_interpreter(root))
        _call(python, "-m", "ensurepip", "--upgrade", "--default-pip")
        wanted = str(root / _LISTS[purpose][-1])
        _call(python, "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check", "-r", wanted)
        for covered in ("run", purpose):
            _stamp(root, covered).write_text(_wanted(covered, root), encoding="utf-8")
    except (OSError, ValueError) as error:  # ValueError: `.venv` is a file
        raise SetupError(f"The set-up of {root / '.venv'} failed: {error}") from error


def _make_venv(root: Path) -> None:
    """Make `.venv`; one of ours that is unfinished, or that another Python made, is made again."""
    _ensure_ensurepip()
    import venv

    stamp = _stamp(root, "run")
    is_broken = stamp.exists() and not stamp.read_text(encoding="utf-8").startswith(_PYTHON + "\n")
    venv.create(root / ".venv", clear=is_broken, symlinks=os.name != "nt")


def _ensure_ensurepip() -> None:
    """Debian has the modules that fill a virtual environment in a package of its own.

    Root installs it where somebody can read that: on a terminal, or in CI.
    """
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    import shutil

    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and shutil.which("apt-get") and (sys.stderr.isatty() or "CI" in os.environ):
        _say(f"Installing Debian's {package} with apt-get, as this Python cannot make a virtual environment ...")
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        _call("apt-get", "-qq", "update")
        _call("apt-get", "-qq", "-y", "--no-install-recommends", "install", package)
        importlib.invalidate_caches()
    if not importlib.util.find_spec("ensurepip"):
        raise SetupError(f"Python's venv module is missing. First run: sudo apt-get install {package}")


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
    is_whole = (root / ".venv" / "pyvenv.cfg").exists() and _interpreter(root).exists()
    return is_whole and written == _wanted(purpose, root)


def _wanted(purpose: str, root: Path) -> str:
    """Return the stamp of a finished set-up: the lists themselves, as comparing them is cheaper than a hash."""
    return "\n".join([_PYTHON, *((root / name).read_text(encoding="utf-8") for name in _LISTS[purpose])])


def _stamp(root: Path, purpose: str) -> Path:
    return root / ".venv" / f"{purpose}.stamp"


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


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
