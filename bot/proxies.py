"""The proxies that the environment's variables name, which other programs fill in many forms."""

import ipaddress
import os
import re
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from bot.variables import unquoted

_SCHEMES = ("http", "https", "all")
_OTHER_NAMES = {"socks": "socks5"}
_KNOWN = ("http", "https", "socks5", "socks5h")


class BadProxy(Exception):
    """A proxy that can't be used; the text names the variable, and never its value, which may hold a password."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the variable that names it."""

    variable: str
    address: httpx.URL

    def transport(self, certificates: ssl.SSLContext, limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
        """Return connections through this proxy; raises BadProxy."""
        proxy = httpx.Proxy(self.address, ssl_context=certificates if self.address.scheme == "https" else None)
        try:
            return httpx.AsyncHTTPTransport(verify=certificates, limits=limits, proxy=proxy)
        except ImportError:
            raise BadProxy(
                f"{self.variable}: is a SOCKS proxy, which needs the package socksio. "
                "Install requirements.txt again, or use an http proxy."
            ) from None


class Proxies:
    """Finds the proxy for an address; raises BadProxy when it is made."""

    def __init__(self, found: Mapping[str, str] | None = None) -> None:
        found = urllib.request.getproxies() if found is None else found
        self.by_scheme = {
            scheme: Proxy(_variable(scheme), _read(_variable(scheme), text))
            for scheme in _SCHEMES
            if (text := unquoted(found.get(scheme, "")))
        }
        self._direct = unquoted(found.get("no", ""))

    def proxy_for(self, url: httpx.URL) -> Proxy | None:
        """Return the proxy that a request goes through, if there is one."""
        proxy = self.by_scheme.get(url.scheme) or self.by_scheme.get("all")
        return None if proxy is None or self._is_direct(url.host, url.port) else proxy

    def _is_direct(self, host: str, port: int | None) -> bool:
        return any(_covers(one.strip().lower(), host.lower(), port) for one in self._direct.split(","))


def _variable(scheme: str) -> str:
    """Return the name that is set: in small letters or in capitals, of which the first wins."""
    small = f"{scheme}_proxy"
    return small if os.environ.get(small) or not os.environ.get(small.upper()) else small.upper()


def _read(variable: str, text: str) -> httpx.URL:
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    scheme = _OTHER_NAMES.get(scheme.lower(), scheme.lower())
    try:
        address = httpx.URL(f"{scheme}://{rest}")
        is_host = re.fullmatch(r"[\w.:-]+", address.host) is not None
        is_whole = scheme in _KNOWN and is_host and (address.port is None or 0 < address.port < 65536)
    except (httpx.InvalidURL, ValueError):  # its text quotes the value
        is_whole = False
    if not is_whole:
        raise BadProxy(
            f"{variable}: is not the address of a proxy that the bot can use. "
            "Write it like http://host:port or socks5://host:port, or remove the variable."
        )
    return address


def _covers(entry: str, host: str, port: int | None) -> bool:
    """Return whether an entry of NO_PROXY is about a host: *, a domain, host:port, or a network such as 10.0.0.0/8."""
    if entry in {"*", host, f"{host}:{port}"}:
        return True
    domain = entry.removeprefix("*").removeprefix(".")
    if domain and (host == domain or host.endswith(f".{domain}")):
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return False
