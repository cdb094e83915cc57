"""Where other people's clients are installed: an environment for each, outside of the project's own."""

import os
import subprocess
import tarfile
import venv
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
BUILD = Path(__file__).parents[2] / "build" / "clients"


def python_command(client: str, *, version: str, program: str) -> list[str]:
    """Install a package of PyPI; return the command that starts its program."""
    home = BUILD / client
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"{client}=={version}"], check=True)  # noqa: S603 - our pin
    # With -P the program's folder is not searched: `import aiogram` means the library.
    return [str(python), "-P", str(PROGRAMS / program)]


def node_command(client: str, *, version: str, program: str) -> list[str]:
    """Install a package of npm with what it needs; return the command that starts its program."""
    home = BUILD / client
    home.mkdir(parents=True, exist_ok=True)
    install = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(home)]
    subprocess.run([*install, f"{client}@{version}"], check=True)  # noqa: S603 - our pin
    # Node looks for a package beside the program's file first, where there is none.
    os.environ["NODE_PATH"] = str(home / "node_modules")
    return ["node", str(PROGRAMS / program)]


def bundle_command(client: str, *, version: str, program: str) -> list[str]:
    """Unpack a package of npm that contains all that it needs; return the command that starts its program."""
    home = BUILD / client.rpartition("/")[2]
    home.mkdir(parents=True, exist_ok=True)
    pack = ["npm", "pack", "--silent", "--pack-destination", str(home), f"{client}@{version}"]
    name = subprocess.run(pack, check=True, capture_output=True, text=True).stdout.split()[-1]  # noqa: S603 - our pin
    with tarfile.open(home / name) as archive:
        archive.extractall(home, filter="data")
    return ["node", str(PROGRAMS / program), str(home / "package")]
