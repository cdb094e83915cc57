import subprocess
import sys
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageChops

from bot.domain.pictures import CarPicture
from bot.domain.reports import OPENABLE, Signal
from bot.picture.drawing import draw

ALL = frozenset(OPENABLE)
CLOSED = CarPicture(closed=ALL, is_locked=True, is_charging=False, battery_percent=72)
OPEN = CarPicture(open=ALL, is_locked=False, is_charging=True, battery_percent=9)
FUEL = CarPicture(closed=ALL, is_locked=True, fuel_percent=100)
STATES = [CLOSED, OPEN, CarPicture(), FUEL, CarPicture(battery_percent=0)]
_PLAIN = 30
"""A difference in brightness that anybody sees, out of 255."""


def image(picture: CarPicture) -> Image.Image:
    return Image.open(BytesIO(draw(picture))).convert("RGB")


def differs_in_grey(one: CarPicture, other: CarPicture) -> int:
    """Count the pixels that differ plainly for somebody who sees no colours."""
    difference = ImageChops.difference(image(one).convert("L"), image(other).convert("L"))
    return sum(difference.histogram()[_PLAIN:])


@pytest.mark.parametrize("picture", STATES)
def test_a_picture_is_small_enough_for_bad_reception(picture: CarPicture) -> None:
    png = draw(picture)
    assert len(png) <= 40_000
    assert image(picture).size == (720, 400)


@pytest.mark.parametrize("signal", OPENABLE)
def test_an_open_a_closed_and_an_unknown_part_differ_without_colours_too(signal: Signal) -> None:
    rest = ALL - {signal}
    is_open, closed = CarPicture(open=frozenset({signal}), closed=rest), CarPicture(closed=ALL)
    unknown = CarPicture(closed=rest)
    assert differs_in_grey(is_open, closed) > 200
    assert differs_in_grey(unknown, closed) > 200
    assert differs_in_grey(is_open, unknown) > 200


@pytest.mark.parametrize("picture", [CarPicture(is_locked=True), CarPicture(is_charging=True)])
def test_a_sign_for_yes_no_and_unknown_differs_without_colours_too(picture: CarPicture) -> None:
    is_lock = picture.is_locked is not None
    no = replace(picture, is_locked=False) if is_lock else replace(picture, is_charging=False)
    yes, unknown = picture, CarPicture()
    assert differs_in_grey(yes, no) > 200
    assert differs_in_grey(yes, unknown) > 200
    assert differs_in_grey(no, unknown) > 200


def test_only_what_is_open_is_red() -> None:
    def reds(picture: CarPicture) -> int:
        pixels = image(picture).tobytes()
        channels = zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True)
        return sum(red > 180 and green < 110 and blue < 110 for red, green, blue in channels)

    assert reds(OPEN) > 2000
    assert [reds(one) for one in (CLOSED, CarPicture(), FUEL)] == [0, 0, 0]


def test_a_part_that_is_open_leaves_the_others_as_they_were() -> None:
    """A door that swings out changes nothing on the other side of the car."""
    rest = ALL - {Signal.DOOR_ROW1_DRIVER_SIDE_OPEN}
    door = CarPicture(open=frozenset({Signal.DOOR_ROW1_DRIVER_SIDE_OPEN}), closed=rest)
    difference = ImageChops.difference(image(door), image(CarPicture(closed=ALL))).convert("L")
    changed = difference.point([value > _PLAIN for value in range(256)]).getbbox()
    assert changed is not None
    left, top, right, _ = changed
    assert left > 190
    assert top > 260
    assert right < 300


def test_a_picture_is_drawn_once() -> None:
    assert draw(CLOSED) is draw(CarPicture(closed=ALL, is_locked=True, is_charging=False, battery_percent=72))


def test_a_bot_that_has_drawn_nothing_has_not_loaded_pillow() -> None:
    program = "import sys, bot.lifetime, bot.commandline; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=50).returncode == 0  # noqa: S603 - ours
