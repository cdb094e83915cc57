"""Draws pictures of cars as PNG files."""

from functools import lru_cache

from bot.domain.pictures import CarPicture, Picture

_MOST_REMEMBERED = 64


@lru_cache(_MOST_REMEMBERED)
def draw(it: Picture) -> bytes:
    """Return a picture as a PNG; it takes some 50 ms, so it belongs in a worker thread."""
    from bot.picture.canvas import Canvas

    canvas = Canvas()
    if isinstance(it, CarPicture):
        from bot.picture.car import draw_car
        from bot.picture.signs import draw_signs

        draw_car(canvas, it)
        draw_signs(canvas, it)
    else:
        from bot.picture.week import draw_week

        draw_week(canvas, it)
    return canvas.png()
