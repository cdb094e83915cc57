"""The true state of a car as a picture, drawn by the same code as the bot's."""

import asyncio

from bot.demo.app.simulation import Simulation
from bot.demo.dimo.car import SEATS, CarState
from bot.domain.pictures import CarPicture
from bot.domain.reports import CABIN_DOORS, OPENABLE, WINDOWS, Signal
from bot.picture.drawing import draw


async def drawn_car(simulation: Simulation, token_id: int) -> bytes | None:
    """Return the picture of a car as a PNG; None if there is no such car."""
    car = simulation.dimo.cars.get(token_id)
    return None if car is None else await asyncio.to_thread(draw, picture_of(car.state))


def picture_of(state: CarState) -> CarPicture:
    """Return the picture of what is true of a car."""
    doors = {door for seat, door in zip(SEATS, CABIN_DOORS, strict=True) if seat in state.open_doors}
    windows = {window for seat, window in zip(SEATS, WINDOWS, strict=True) if seat in state.open_windows}
    trunks = {Signal.TRUNK_OPEN: state.trunk_open, Signal.FRUNK_OPEN: state.frunk_open}
    is_open = frozenset({*doors, *windows, *(signal for signal, is_open in trunks.items() if is_open)})
    return CarPicture(
        open=is_open,
        closed=frozenset(OPENABLE) - is_open,
        is_locked=state.locked,
        is_charging=state.charging,
        battery_percent=round(state.battery_percent),
        fuel_percent=None if state.fuel_percent is None else round(state.fuel_percent),
    )
