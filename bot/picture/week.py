"""A week of a car as a plot: how full it was, how far that goes, and when it charged.

Lines differ in width and height as well as in color, so that they need no color; what was not reported is a gap.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from bot.domain.week import WeekPicture
from bot.picture.canvas import BLUE, BODY_SHADE, DIM, INSIDE, WHITE, Canvas, Point

_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 640.0, 34.0, 312.0
_CHARGING_TOP, _CHARGING_BOTTOM = 334.0, 350.0
_DAYS_Y = 376.0
_LONGEST_GAP = 3
"""Hours without a report that a line still crosses: a car that stands reports seldom."""
_RANGE_SHARE = 0.92
"""How high the longest range of the week is drawn, so that it can't be taken for a full battery."""


def draw_week(canvas: Canvas, it: WeekPicture) -> None:
    """Draw a week; the numbers at the right say where each line ends."""
    hours = len(it.levels)

    def x_of(hour: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * hour / hours

    _draw_grid(canvas, it, x_of)
    for begin, end in _spans(it.is_charging):
        left, right = x_of(begin), max(x_of(end), x_of(begin) + 4)
        canvas.shape(_box(left, _CHARGING_TOP, right, _CHARGING_BOTTOM), BLUE)
        canvas.shape(_box(left, _TOP, right, _BOTTOM), None, BLUE, 1)
    if any(it.is_charging):
        _draw_bolt(canvas, 34, (_CHARGING_TOP + _CHARGING_BOTTOM) / 2)
    most = max((one for one in it.reach if one), default=0)
    if most:
        _draw_line(canvas, it.reach, x_of, most / _RANGE_SHARE, BODY_SHADE, 2)
    _draw_line(canvas, it.levels, x_of, 100, WHITE, 5)
    level, reach = _last(it.levels), _last(it.reach)
    if level is not None:
        canvas.text((680, _y_of(level, 100)), f"{level}%", WHITE, 26)
    if reach is not None and most:
        y = _y_of(reach, most / _RANGE_SHARE)
        is_near = level is not None and abs(y - _y_of(level, 100)) < 30
        canvas.text((680, y + (30 if is_near else 0)), f"{reach} {it.unit}", BODY_SHADE, 20)


def _draw_grid(canvas: Canvas, it: WeekPicture, x_of: Callable[[float], float]) -> None:
    canvas.shape(_box(_LEFT, _TOP, _RIGHT, _BOTTOM), INSIDE)
    for percent in (0, 50, 100):
        y = _y_of(percent, 100)
        canvas.line([(_LEFT, y), (_RIGHT, y)], DIM, 1)
        canvas.text((32, y), str(percent), WHITE, 22)
    for hour, day in it.midnights:
        canvas.line([(x_of(hour), _TOP), (x_of(hour), _BOTTOM)], DIM, 1)
        if hour + 12 <= len(it.levels):
            canvas.text((x_of(hour + 12), _DAYS_Y), str(day), WHITE, 24)


def _draw_line(
    canvas: Canvas,
    values: Sequence[int | None],
    x_of: Callable[[float], float],
    most: float,
    color: str,
    width: float,
) -> None:
    for points in _pieces(values):
        canvas.line([(x_of(hour + 0.5), _y_of(value, most)) for hour, value in points], color, width)


def _pieces(values: Sequence[int | None]) -> Iterator[list[tuple[int, int]]]:
    """Yield what is drawn as one line: a long silence begins another one."""
    piece: list[tuple[int, int]] = []
    for hour, value in enumerate(values):
        if value is None:
            continue
        if piece and hour - piece[-1][0] > _LONGEST_GAP:
            yield piece if len(piece) > 1 else piece * 2
            piece = []
        piece.append((hour, value))
    if piece:
        yield piece if len(piece) > 1 else piece * 2


def _spans(is_charging: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the first hour of each charge, and the one after its last."""
    for is_on, group in groupby(enumerate(is_charging), key=lambda one: one[1]):
        hours = [hour for hour, _ in group]
        if is_on:
            yield hours[0], hours[-1] + 1


def _last(values: Sequence[int | None]) -> int | None:
    return next((value for value in reversed(values) if value is not None), None)


def _y_of(value: float, most: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * min(max(value / most, 0), 1)


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _draw_bolt(canvas: Canvas, x: float, y: float) -> None:
    bolt = [(2, -12), (-8, 3), (-1, 3), (-3, 12), (8, -3), (1, -3)]
    canvas.shape([(x + across, y + down) for across, down in bolt], BLUE)
