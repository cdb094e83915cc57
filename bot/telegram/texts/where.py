"""The texts about where a car is."""

from datetime import UTC, datetime

from bot.domain.whereabouts import Position
from bot.service.cars.where import LocationNotShared, Whereabouts
from bot.telegram.texts.formatting import age, label, moment, name

ROUTE = "🧭 Route"
SHARE = "📍 Share the location"
_AREA = "Only the rough area is shared, some kilometres wide."


def title(it: Whereabouts) -> str:
    """Head the map pin; plain, as Telegram takes no markup there."""
    return label(it.car_name)


def address(it: Whereabouts, position: Position, *, now: datetime) -> str:
    """Say under the map pin when the car was there, and how exact that is; plain, so in the home's time zone."""
    local = position.at.astimezone(it.zone)
    zone = " UTC" if it.zone is UTC or str(it.zone) == "UTC" else ""
    day = "" if local.date() == now.astimezone(it.zone).date() else f"{local.day} {local:%b}, "
    return f"{day}{local:%H:%M}{zone} ({age(position.at, now=now)}). {_exactness(position)}"


def words(it: Whereabouts, position: Position, *, now: datetime) -> str:
    """Say the same without a pin."""
    when = f"{moment(position.at, now=now)} ({age(position.at, now=now)})"
    return f"📍 <b>{name(it.car_name)}</b>\nHere {when}. {_exactness(position)}\nNext: the button shows it on a map."


def _exactness(position: Position) -> str:
    if position.is_approximate:
        return _AREA
    metres = position.accuracy_metres
    return "How exact that is, it does not say." if metres is None else f"Exact to about {max(round(metres), 1)} m."


def unknown(it: Whereabouts) -> str:
    """Say that a car never reported where it is."""
    return f"📍 {name(it.car_name)} has not reported where it is.\nNext: try again after its next drive."


def not_shared(it: LocationNotShared) -> str:
    """Say that a car's location is not shared, and who can change that."""
    said = f"📍 {name(it.car_name)}'s location is not shared with me."
    if it.owner_name is None:
        return f"{said}\nNext: share it on DIMO's page. /settings says who else may ask; at first only you."
    return f"{said}\nNext: ask {name(it.owner_name)}, who can share it."
