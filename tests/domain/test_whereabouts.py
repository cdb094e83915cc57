import pytest

from bot.domain.whereabouts import accuracy_metres


@pytest.mark.parametrize(
    ("hdop", "metres"), [(1.0, 5.0), (0.8, 4.0), (12.0, 60.0), (0.0, None), (-1.0, None), (None, None)]
)
def test_the_accuracy_follows_from_the_dilution_of_precision(hdop: float | None, metres: float | None) -> None:
    assert accuracy_metres(hdop) == metres
