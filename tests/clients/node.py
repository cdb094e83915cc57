"""Clients that npm has."""

import os
import subprocess

from tests.clients.scene import BOTS, BUILD


def command(client: str, *, version: str) -> list[str]:
    """Install a client; return how its bot is started."""
    home = BUILD / client
    home.mkdir(parents=True, exist_ok=True)
    install = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(home)]
    subprocess.run([*install, f"{client}@{version}"], check=True)  # noqa: S603 - a pin of ours
    # What a bot requires is looked for beside its own file first, and there is nothing.
    os.environ["NODE_PATH"] = str(home / "node_modules")
    return ["node", str(BOTS / f"{client}_bot.cjs")]
