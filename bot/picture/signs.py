"""The signs beside the car: the lock, charging, and how much is in the battery or the tank."""

import math

from bot.domain.pictures import CarPicture
from bot.picture.canvas import BLUE, DIM, INSIDE, RED, WHITE, Canvas, Point, rounded

_X = 626.0
_LOCK_Y, _CHARGING_Y, _GAUGE_Y = 84.0, 206.0, 326.0
_RADIUS = 46.0
_UNKNOWN = "?"


def draw_signs(canvas: Canvas, it: CarPicture) -> None:
    """Draw the signs; one that is not reported is hatched and has a question mark."""
    _draw_lock(canvas, it.is_locked)
    if it.battery_percent is None and it.fuel_percent is not None:
        _draw_drop(canvas)
        _draw_gauge(canvas, it.fuel_percent, pole=None)
    else:
        _draw_charging(canvas, it.is_charging)
        _draw_gauge(canvas, it.battery_percent, pole=DIM if it.battery_percent is None else WHITE)


def _circle(x: float, y: float, radius: float, *, start: float = 0, end: float = 360) -> list[Point]:
    count = 36
    turns = (math.radians(start + (end - start) * step / count) for step in range(count + 1))
    return [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]


def _draw_lock(canvas: Canvas, is_locked: bool | None) -> None:
    """Draw a padlock; the shackle of an open one is beside it, and of an unknown one there are dots only."""
    color, x, y = RED if is_locked is False else WHITE, _X, _LOCK_Y - 14
    body = rounded((_X - 32, _LOCK_Y - 2, _X + 32, _LOCK_Y + 46), 8)
    if is_locked is None:
        for dot in _circle(x, y, 20, start=180, end=360)[::9]:
            canvas.line([dot, dot], DIM, 7)
        canvas.hatch(body)
        canvas.text((_X, _LOCK_Y + 22), _UNKNOWN, WHITE, 36)
        return
    if not is_locked:
        x += 40
    shackle = _circle(x, y, 20, start=180, end=360)
    bow = [(x - 20, y + 18), *shackle, (x + 20, y + (18 if is_locked else 2))]
    if not is_locked:
        canvas.line(bow, WHITE, 13)
    canvas.line(bow, color, 9)
    canvas.shape(body, color, None if is_locked else WHITE, 3)
    canvas.line([(_X, _LOCK_Y + 15), (_X, _LOCK_Y + 29)], INSIDE if is_locked else WHITE, 8)


def _draw_charging(canvas: Canvas, is_charging: bool | None) -> None:
    """Draw a bolt; while the car charges it is filled, and a cable leads to the car."""
    disc = _circle(_X, _CHARGING_Y, _RADIUS - 6)
    bolt = [(6, -28), (-18, 6), (-2, 6), (-6, 28), (18, -7), (2, -7)]
    points = [(_X + x, _CHARGING_Y + y) for x, y in bolt]
    if is_charging is None:
        canvas.hatch(disc)
        canvas.text((_X, _CHARGING_Y), _UNKNOWN, WHITE, 40)
    elif is_charging:
        canvas.line([(500, 226), (530, 226), (552, 206), (586, 206)], BLUE, 7)
        canvas.shape(disc, BLUE)
        canvas.shape(points, INSIDE)
    else:
        canvas.shape(disc, None, DIM, 3)
        canvas.shape(points, None, DIM, 3)


def _draw_drop(canvas: Canvas) -> None:
    """Draw the drop that stands for fuel."""
    tip, below = (_X, _CHARGING_Y - 30), _CHARGING_Y + 8
    canvas.shape([tip, *_circle(_X, below, 20, start=-30, end=210)], WHITE)


def _draw_gauge(canvas: Canvas, percent: int | None, *, pole: str | None) -> None:
    """Draw how full the battery is, which has a pole, or the tank, which has none."""
    left, top, right, bottom = _X - 52, _GAUGE_Y - 28, _X + 46, _GAUGE_Y + 28
    middle = ((left + right) / 2, _GAUGE_Y)
    case = rounded((left, top, right, bottom), 9)
    if pole is not None:
        canvas.shape(rounded((right + 4, _GAUGE_Y - 11, right + 11, _GAUGE_Y + 11), 3), pole)
    if percent is None:
        canvas.hatch(case)
        canvas.text(middle, _UNKNOWN, WHITE, 40)
        return
    canvas.shape(case, INSIDE, WHITE, 4)
    width = (right - left - 12) * percent / 100
    if width:
        canvas.shape(rounded((left + 6, top + 6, left + 6 + width, bottom - 6), min(5, width / 2)), DIM)
    canvas.text(middle, f"{percent}%", WHITE, 32)
