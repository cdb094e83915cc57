"""One shared car at a simulated DIMO, for the tests of that DIMO."""

import pytest

from tests.support.dimo_setting import DimoSetting


@pytest.fixture
def setting() -> DimoSetting:
    return DimoSetting()
