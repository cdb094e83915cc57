"""A canvas that is drawn three times as large and scaled down, because Pillow does not smooth edges."""

import math
from collections.abc import Sequence
from io import BytesIO
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom."""

SIZE = (720, 400)
_SCALE = 3
_HATCH_STEP, _HATCH_WIDTH = 11, 4
_COLORS = 64
"""More would make the file larger, not nicer."""

BACKGROUND = "#25303b"
"""The picture has its own ground and a grey edge around it, because nobody tells the bot whether a chat is light or dark,
and Telegram makes photos opaque."""
INSIDE = "#0f161d"
"""What is seen where something stands open."""
BODY, BODY_SHADE, EDGE = "#c3ccd6", "#aeb9c5", "#46525f"
GLASS = "#3f6482"
RED = "#ec3f37"
WHITE = "#f6f8fa"
BLUE = "#5cb8ff"
DIM = "#75828f"
_HATCH_LIGHT, _HATCH_DARK = "#7d8894", "#4b5661"


class Canvas:
    """Draws shapes in units of the finished picture."""

    def __init__(self) -> None:
        width, height = SIZE
        self._image = Image.new("RGB", (width * _SCALE, height * _SCALE), BACKGROUND)
        self._draw = ImageDraw.Draw(self._image)
        self.shape(rounded((2, 2, width - 2, height - 2), 24), None, DIM, 2)

    def shape(self, points: Sequence[Point], fill: str | None, edge: str | None = None, width: float = 2) -> None:
        """Fill a polygon, and draw its edge."""
        scaled = _scaled(points)
        if fill is not None:
            self._draw.polygon(scaled, fill)
        if edge is not None:
            self._draw.line([*scaled, *scaled[:2]], edge, round(width * _SCALE), joint="curve")

    def line(self, points: Sequence[Point], color: str, width: float) -> None:
        """Draw a line with round corners and round ends."""
        scaled, radius = _scaled(points), width * _SCALE / 2
        self._draw.line(scaled, color, round(width * _SCALE), joint="curve")
        for x, y in (scaled[0], scaled[-1]):
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), color)

    def hatch(self, points: Sequence[Point]) -> None:
        """Fill a polygon with the hatching that means: not reported."""
        scaled = _scaled(points)
        left, top = (math.floor(min(one[axis] for one in scaled)) for axis in (0, 1))
        right, bottom = (math.ceil(max(one[axis] for one in scaled)) for axis in (0, 1))
        size = right - left + 1, bottom - top + 1
        patch, mask = Image.new("RGB", size, _HATCH_DARK), Image.new("1", size)
        lines, step = ImageDraw.Draw(patch), _HATCH_STEP * _SCALE
        # The lines start at the same places in every shape, so that neighbours do not look like different things.
        for x in range(-size[1] - (left + top) % step, size[0], step):
            lines.line(((x + size[1], 0), (x, size[1])), _HATCH_LIGHT, _HATCH_WIDTH * _SCALE)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in scaled], 1)
        self._image.paste(patch, (left, top), mask)
        self.shape(points, None, _HATCH_LIGHT)

    def text(self, at: Point, words: str, color: str, size: float) -> None:
        """Write something, centred at a point; only digits and signs, which need no translation."""
        font = ImageFont.load_default(size * _SCALE)
        self._draw.text((at[0] * _SCALE, at[1] * _SCALE), words, color, font, anchor="mm")

    def png(self) -> bytes:
        """Return the finished picture as a PNG."""
        small = self._image.reduce(_SCALE).quantize(_COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        stream = BytesIO()
        small.save(stream, "PNG")
        return stream.getvalue()


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * _SCALE, y * _SCALE) for x, y in points]


def rounded(box: Box, radius: float) -> list[Point]:
    """Return a rectangle with round corners as a polygon."""
    left, top, right, bottom = box
    centres = (
        (right - radius, top + radius, -90),
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
    )
    return [
        (x + radius * math.cos(math.radians(start + turn)), y + radius * math.sin(math.radians(start + turn)))
        for x, y, start in centres
        for turn in range(0, 91, 15)
    ]


def curve(*points: Point) -> list[Point]:
    """Return a cubic Bézier curve of four points as 13 points."""
    a, b, c, d = points
    found = []
    for step in range(13):
        t = step / 12
        u = 1 - t
        weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
        found.append(
            (
                sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
            )
        )
    return found
