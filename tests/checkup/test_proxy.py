"""The line about each proxy that the environment names."""

import pytest

from bot.serving import serve
from tests.support.checkups import check, closed_port
from tests.support.world import Family
from tests.test_proxies import answers


async def test_check_says_whether_a_proxy_is_there(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTPS_PROXY", closed_port())
    async with serve(answers) as url:
        monkeypatch.setenv("HTTP_PROXY", url)
        told = await check(family)
    assert told.failed == [told.line("HTTPS_PROXY")]
    assert told.level("HTTP_PROXY") == "ok"
