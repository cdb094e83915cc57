"""Two cars are never shown under one name, whatever they are called."""

from typing import Any

import pytest

from bot.domain.car_names import CarTraits, distinct_names
from bot.domain.ids import CarId
from bot.telegram.texts.formatting import label


def cars(*traits: dict[str, Any]) -> list[CarTraits]:
    return [CarTraits(**{"id": CarId(number), "name": "Bluey", **one}) for number, one in enumerate(traits, start=101)]


@pytest.mark.parametrize(
    ("traits", "names"),
    [
        ([{"name": "Bluey"}, {"name": "Muffin"}], ["Bluey", "Muffin"]),
        ([{"year": 2022}, {"year": 2024}], ["Bluey (2022)", "Bluey (2024)"]),
        ([{"year": 2022}, {"year": 2024}, {"name": "Muffin"}], ["Bluey (2022)", "Bluey (2024)", "Muffin"]),
        (
            [{"year": 2022, "model": "Model 3"}, {"year": 2022, "model": "Model Y"}],
            ["Bluey (Model 3)", "Bluey (Model Y)"],
        ),
        ([{"model": "Model 3", "owner": "Dad"}, {"model": "Model 3", "owner": "Ann"}], ["Bluey (Dad)", "Bluey (Ann)"]),
        ([{"vin_end": "4821"}, {"vin_end": "0007"}], ["Bluey (VIN 4821)", "Bluey (VIN 0007)"]),
        ([{"year": 2022}, {"year": None}], ["Bluey (no. 101)", "Bluey (no. 102)"]),
        (
            [{"year": 2022, "model": "3"}, {"year": 2022, "model": "Y"}, {"year": 2024, "model": "3"}],
            ["Bluey (2022, 3)", "Bluey (2022, Y)", "Bluey (2024, 3)"],
        ),
    ],
)
def test_cars_of_one_name_are_told_apart_by_the_first_thing_that_differs(
    traits: list[dict[str, Any]], names: list[str]
) -> None:
    assert list(distinct_names(cars(*traits)).values()) == names


@pytest.mark.parametrize(
    "other",
    ["bluey", " Bluey ", "BLUEY", "Blu\u200bey", "Ｂｌｕｅｙ", "Bluey\ufe0f", "\n\tBluey"],
)
def test_names_that_look_alike_are_one_name(other: str) -> None:
    found = distinct_names(cars({"year": 2022}, {"name": other, "year": 2024}))
    assert "2022" in found[CarId(101)]
    assert "2024" in found[CarId(102)]


def test_spaces_within_a_name_do_not_tell_it_apart() -> None:
    found = distinct_names(cars({"name": "Old  Bluey", "year": 2022}, {"name": "Old Bluey", "year": 2024}))
    assert [label(one) for one in found.values()] == ["Old Bluey (2022)", "Old Bluey (2024)"]


@pytest.mark.parametrize(
    "traits",
    [
        [{"name": "x" * 60 + "1", "year": 2022}, {"name": "x" * 60 + "2", "year": 2024}],
        [{"name": "\u2800", "year": 2022}, {"name": "\u3164", "year": 2024}],
        [{"name": "x" * 300, "model": "y" * 300 + "1"}, {"name": "x" * 300, "model": "y" * 300 + "2"}],
        [{"year": 2022}, {"year": 2024}, {"name": "Bluey (2022)"}],
        [{}, {}, {"name": "Bluey (no. 101)"}, {"name": "bluey (no. 102)"}],
        [{"name": "Bluey (no. 102) (no. 101)"}, {"name": "Bluey (no. 102)"}, {}, {}],
    ],
)
def test_what_is_shown_differs_even_where_names_are_cut_empty_or_made_to_deceive(traits: list[dict[str, Any]]) -> None:
    shown = [label(one).casefold() for one in distinct_names(cars(*traits)).values()]
    assert len(set(shown)) == len(traits)
