"""`python -m tests.clients.aiogram`: in a virtual environment of its own, because it wants an older pydantic."""

import subprocess
import sys
import venv

from tests.clients.scene import BOTS, BUILD, main

CLIENT = "aiogram==3.31.0"


def command() -> list[str]:
    """Install aiogram; return how its bot is started."""
    home = BUILD / "aiogram"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", CLIENT], check=True)  # noqa: S603 - the pin above
    # With -P the bot's folder is not searched: it says `import aiogram` and means the library.
    return [str(python), "-P", str(BOTS / "aiogram_bot.py")]


if __name__ == "__main__":
    sys.exit(main(command()))
