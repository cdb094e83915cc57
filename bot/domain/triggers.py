"""Which of a car's signals are reason enough to look at it, for whom DIMO calls when they change.

A call is a hint: it may be forged, late, or come twice. Then the car itself is asked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.domain.notes import NoteKind
from bot.domain.reports import CABIN_DOORS, TRUNKS, TYRES, WINDOWS, Signal

COOL_DOWN_SECONDS = 600
"""How long DIMO does not call again about the same signal of a car."""


@dataclass(frozen=True, slots=True, order=True)
class Trigger:
    """A signal and the condition on its value, in CEL, under which a note may begin."""

    signal: Signal
    condition: str


_IS_ON, _IS_OFF = "value == 1.0", "value == 0.0"
_CHARGES = (Trigger(Signal.CHARGING, _IS_ON),)
_FOR: Mapping[NoteKind, Collection[Trigger]] = {
    NoteKind.LEFT_OPEN: [Trigger(signal, _IS_ON) for signal in (*CABIN_DOORS, *WINDOWS, *TRUNKS)],
    NoteKind.LEFT_UNLOCKED: (Trigger(Signal.LOCKED, _IS_OFF),),
    NoteKind.CHARGED: _CHARGES,
    NoteKind.CHARGE_STOPPED: _CHARGES,
    NoteKind.NOT_CHARGING: (Trigger(Signal.CABLE_CONNECTED, _IS_ON),),
    NoteKind.LOW_BATTERY: (Trigger(Signal.BATTERY_PERCENT, "value < 20.0"),),
    NoteKind.LOW_FUEL: (Trigger(Signal.FUEL_PERCENT, "value < 20.0"),),
    NoteKind.MOVED: (Trigger(Signal.SPEED_KMH, "value > 5.0"),),
    NoteKind.LOW_TYRE: [Trigger(signal, "value < 200.0") for signal in TYRES],
}


def triggers_for(kinds: Collection[NoteKind]) -> frozenset[Trigger]:
    """Return everything of which DIMO is to tell so that notes of these kinds begin in time."""
    return frozenset(trigger for kind in kinds for trigger in _FOR[kind])
