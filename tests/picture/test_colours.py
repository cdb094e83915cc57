"""The colours differ for people who see no red, no green or no blue, and on a light and on a dark chat."""

from collections.abc import Mapping, Sequence

import pytest

from bot.picture import canvas
from bot.picture.canvas import BACKGROUND, BLUE, BODY, BODY_SHADE, DIM, EDGE, GLASS, INSIDE, RED, WHITE

Matrix = Sequence[Sequence[float]]

EYES: Mapping[str, Matrix] = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""What an eye makes of linear red, green and blue, after Machado, Oliveira and Fernandes (2009), at full severity."""

CHATS = {"light": "#ffffff", "light green": "#eeffde", "dark": "#182533", "black": "#000000"}
"""What Telegram's apps have around a photo."""

PLAIN, BIG = 3.0, 7.0
"""The contrast that the W3C asks for at least between signs, and at best between text and what is behind it."""


def light(color: str, eyes: Matrix) -> float:
    """Return how bright these eyes see a colour."""
    shares = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    seen = [min(max(sum(a * b for a, b in zip(row, linear, strict=True)), 0.0), 1.0) for row in eyes]
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), seen, strict=True))


def contrast(one: str, other: str, eyes: Matrix) -> float:
    low, high = sorted((light(one, eyes), light(other, eyes)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eyes", EYES.values(), ids=EYES)
@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        (WHITE, INSIDE, BIG),  # curves
        (WHITE, BACKGROUND, BIG),  # numbers
        (BLUE, INSIDE, BIG),  # charges
        (BLUE, BACKGROUND, PLAIN),
        (BODY_SHADE, INSIDE, BIG),  # how far the car could go
        (RED, WHITE, PLAIN),  # what is open has a white edge
        (RED, INSIDE, PLAIN),
        (BODY, BACKGROUND, BIG),
        (BODY, INSIDE, BIG),
        (BODY, EDGE, PLAIN),
        (BODY, GLASS, PLAIN),
    ],
)
def test_neighbours_differ_for_everybody(one: str, other: str, least: float, eyes: Matrix) -> None:
    assert contrast(one, other, eyes) >= least


@pytest.mark.parametrize("eyes", EYES.values(), ids=EYES)
@pytest.mark.parametrize("chat", CHATS.values(), ids=CHATS)
def test_the_edge_of_a_picture_differs_from_the_chat_and_from_the_picture(chat: str, eyes: Matrix) -> None:
    assert contrast(DIM, chat, eyes) >= PLAIN
    assert contrast(DIM, BACKGROUND, eyes) >= PLAIN


def test_every_colour_of_the_canvas_is_a_constant_of_its_own() -> None:
    colors = [value for value in vars(canvas).values() if isinstance(value, str) and value.startswith("#")]
    assert len(set(colors)) == len(colors) > 9
