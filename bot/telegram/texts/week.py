"""The texts about the last seven days of a car."""

from datetime import datetime, timedelta

from bot.domain.week import Charge, Week
from bot.service.cars.history import CarWeek
from bot.telegram.texts.formatting import count, distance, moment, name

OPEN = "📈 Last 7 days"


def week(it: CarWeek, *, now: datetime) -> str:
    """Say how full a car was, when it charged and how far it drove; the picture shows the same."""
    title = f"📈 <b>{name(it.car_name)}</b>, last 7 days"
    lines = [*_levels(it.week, now), *_charges(it.week.charges), *_driven(it)]
    return "\n".join([title, *lines]) if lines else f"{title}\nIt has not told DIMO anything in this time."


def _levels(it: Week, now: datetime) -> list[str]:
    levels = it.levels
    if not levels:
        return []
    lowest, highest = min(levels, key=lambda one: one.percent), max(levels, key=lambda one: one.percent)
    sign = "⛽" if it.is_of_fuel else "🔋"
    return [
        f"{sign} Now {levels[-1].percent:.0f}%",
        f"▼ Lowest {lowest.percent:.0f}%, {moment(lowest.at, now=now)}",
        f"▲ Highest {highest.percent:.0f}%, {moment(highest.at, now=now)}",
    ]


def _charges(charges: list[Charge]) -> list[str]:
    if not charges:
        return []
    total = sum((one.ends - one.begins for one in charges), timedelta())
    return [f"⚡ Charged {count(len(charges), 'time')}, {count(round(total / timedelta(hours=1)), 'hour')}"]


def _driven(it: CarWeek) -> list[str]:
    driven = it.week.driven_km
    return [] if driven is None else [f"🛣 Driven {distance(driven, miles=it.is_in_miles)}"]
