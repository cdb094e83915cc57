"""Screens of where a car is: a pin on the map, or why there is none."""

from datetime import datetime
from urllib.parse import urlencode

from bot.domain.whereabouts import Position
from bot.service.cars.where import LocationNotShared, Whereabouts
from bot.telegram import texts
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, MapPin, Screen, Style

_ROUTES = "https://www.google.com/maps/dir/"
"""A link that phones open in an app of maps, else in the browser."""


def where(it: Whereabouts, *, now: datetime) -> Screen:
    """Where a car last was, with a button for the way to it."""
    position = it.position
    if position is None:
        return Screen(texts.where.unknown(it), is_separate=True)
    pin = MapPin(
        position.latitude, position.longitude, texts.where.title(it), texts.where.address(it, position, now=now)
    )
    route = Button(texts.where.ROUTE, _route_to(position))
    return Screen(texts.where.words(it, position, now=now), ((route,),), pin=pin, is_separate=True)


def _route_to(position: Position) -> str:
    place = f"{position.latitude:.6f},{position.longitude:.6f}"
    return f"{_ROUTES}?{urlencode({'api': 1, 'destination': place})}"


def not_shared(it: LocationNotShared) -> Screen:
    """Why there is no pin; the owner gets the button that shares the location."""
    button = Button(texts.where.SHARE, taps.ShareLocation(), Style.PRIMARY)
    return Screen(texts.where.not_shared(it), ((button,),) if it.owner_name is None else (), is_separate=True)
