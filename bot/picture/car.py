"""The car from above, its nose to the left; the steering wheel shows which side is the driver's."""

import math
from collections.abc import Callable, Sequence

from bot.domain.pictures import CarPicture
from bot.domain.reports import CABIN_DOORS, WINDOWS, Signal
from bot.picture.canvas import BODY, BODY_SHADE, EDGE, GLASS, INSIDE, RED, WHITE, Canvas, Point, curve

_MIDDLE = 200.0
"""Where the car's long axis is; all is mirrored there."""

_ROWS = ((200.0, 288.0), (294.0, 378.0))
"""Where the doors of each row begin and end."""
_DOOR_OUTSIDE, _DOOR_INSIDE = 290.0, 274.0
_GLASS_OUTSIDE, _GLASS_INSIDE = 271.0, 255.0
_DOOR_OPENS = math.radians(58)
_LID_RISES = 0.34
"""How long a lid looks from above when it stands open."""


def draw_car(canvas: Canvas, it: CarPicture) -> None:
    """Draw the car; what is open has another shape and is red, what is not reported is hatched."""
    for x in (112, 372):
        for y in (104, 284):
            canvas.shape([(x, y), (x + 62, y), (x + 62, y + 12), (x, y + 12)], INSIDE)
    canvas.shape(_mirrored(_BODY), BODY, EDGE)
    canvas.shape(_mirrored(_ROOF), BODY_SHADE, EDGE)
    for glass in (_WINDSHIELD, _REAR_GLASS):
        canvas.shape(_mirrored(glass), GLASS, EDGE)
    for light, color in ((_HEADLIGHT, WHITE), (_TAIL_LIGHT, EDGE)):
        canvas.shape(light, color, EDGE)
        canvas.shape(_flipped(light), color, EDGE)
    _draw_wheel(canvas)
    for signal, lid, hinge in ((Signal.FRUNK_OPEN, _FRUNK, 168.0), (Signal.TRUNK_OPEN, _TRUNK, 434.0)):
        _draw_lid(canvas, _mirrored(lid), hinge, _state(it, signal))
    # The windows first: a door that stands open covers nothing of them.
    for signals, draw in ((WINDOWS, _draw_window), (CABIN_DOORS, _draw_door)):
        for number, signal in enumerate(signals):
            start, end = _ROWS[number // 2]
            flip: Callable[[Sequence[Point]], list[Point]] = _flipped if number % 2 else list
            draw(canvas, start, end, flip, _state(it, signal))


def _state(it: CarPicture, signal: Signal) -> bool | None:
    """Return whether a part is open; None if it is not reported."""
    return True if signal in it.open else False if signal in it.closed else None


def _flipped(points: Sequence[Point]) -> list[Point]:
    return [(x, 2 * _MIDDLE - y) for x, y in points]


def _mirrored(half: Sequence[Point]) -> list[Point]:
    """Return a whole shape from its half on the driver's side."""
    return [*half, *reversed(_flipped(half))]


def _draw_lid(canvas: Canvas, lid: list[Point], hinge: float, is_open: bool | None) -> None:
    """Draw a lid; an open one stands up at its hinge, so that it is shorter and nearer."""
    if is_open is None:
        canvas.hatch(lid)
    elif is_open:
        canvas.shape(lid, INSIDE, EDGE)
        raised = [(hinge + (x - hinge) * _LID_RISES, _MIDDLE + (y - _MIDDLE) * 1.12) for x, y in lid]
        canvas.shape(raised, RED, WHITE, 3)
    else:
        canvas.shape(lid, BODY_SHADE, EDGE)


def _draw_door(
    canvas: Canvas, start: float, end: float, flip: Callable[[Sequence[Point]], list[Point]], is_open: bool | None
) -> None:
    outline = [(start, _DOOR_INSIDE), (end, _DOOR_INSIDE), (end, _DOOR_OUTSIDE), (start, _DOOR_OUTSIDE)]
    if is_open is None:
        canvas.hatch(flip(outline))
    elif is_open:
        canvas.shape(flip(outline), INSIDE)
        canvas.shape(flip([_swung(point, start) for point in outline]), RED, WHITE, 3)
    else:
        canvas.shape(flip(outline), BODY, EDGE)


def _swung(point: Point, hinge: float) -> Point:
    """Turn a point of a door around its hinge at the front."""
    along, across = point[0] - hinge, point[1] - _DOOR_OUTSIDE
    cos, sin = math.cos(_DOOR_OPENS), math.sin(_DOOR_OPENS)
    return hinge + along * cos - across * sin, _DOOR_OUTSIDE + along * sin + across * cos


def _draw_window(
    canvas: Canvas, start: float, end: float, flip: Callable[[Sequence[Point]], list[Point]], is_open: bool | None
) -> None:
    """Draw a window; of an open one, a strip stands out of the door."""
    left, right = start + 10, end - 6
    outline = [(left + 8, _GLASS_INSIDE), (right - 4, _GLASS_INSIDE), (right, _GLASS_OUTSIDE), (left, _GLASS_OUTSIDE)]
    if is_open is None:
        canvas.hatch(flip(outline))
    elif is_open:
        canvas.shape(flip(outline), INSIDE, RED, 3)
        tips = [(left + (right - left) * share, _GLASS_INSIDE + 3) for share in (0.3, 0.5, 0.7)]
        for x, y in tips:
            canvas.line(flip([(x, y), (x, _GLASS_OUTSIDE - 3)]), RED, 4)
    else:
        canvas.shape(flip(outline), GLASS, EDGE)


def _draw_wheel(canvas: Canvas) -> None:
    centre, radius = (222.0, 236.0), 13
    ring = [
        (centre[0] + 0.5 * radius * math.cos(turn / 8 * math.pi), centre[1] + radius * math.sin(turn / 8 * math.pi))
        for turn in range(17)
    ]
    canvas.line(ring, EDGE, 4)
    canvas.line([(centre[0], centre[1] - radius), (centre[0], centre[1] + radius)], EDGE, 3)


_BODY = [
    *curve((56, 200), (56, 238), (64, 268), (92, 280)),
    *curve((92, 280), (130, 292), (180, 290), (220, 290)),
    *curve((220, 290), (300, 290), (380, 292), (460, 284)),
    *curve((460, 284), (494, 278), (502, 244), (502, 200)),
]
_FRUNK = [
    *curve((70, 200), (70, 230), (78, 252), (98, 262)),
    *curve((98, 262), (120, 268), (145, 268), (158, 266)),
    *curve((158, 266), (164, 240), (168, 220), (168, 200)),
]
_TRUNK = [
    *curve((434, 200), (434, 220), (432, 240), (428, 260)),
    *curve((428, 260), (450, 266), (470, 262), (478, 254)),
    *curve((478, 254), (487, 240), (489, 220), (489, 200)),
]
_HEADLIGHT = [(66, 247), (78, 266), (94, 275), (88, 263), (76, 248)]
_TAIL_LIGHT = [(492, 244), (486, 264), (474, 274), (480, 262), (485, 246)]
_WINDSHIELD = [
    *curve((172, 200), (172, 222), (168, 244), (162, 264)),
    (206, 250),
    *curve((206, 250), (212, 234), (213, 216), (213, 200)),
]
_ROOF = [
    *curve((213, 200), (213, 216), (212, 234), (206, 250)),
    *curve((206, 250), (260, 256), (330, 256), (388, 248)),
    *curve((388, 248), (382, 230), (381, 214), (381, 200)),
]
_REAR_GLASS = [
    *curve((381, 200), (381, 214), (382, 230), (388, 248)),
    (422, 258),
    *curve((422, 258), (428, 240), (430, 220), (430, 200)),
]
