import pytest


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """Return the address of a SQLite database; of one on PostgreSQL too for tests marked with `both`."""
    name: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return name
