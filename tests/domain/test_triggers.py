"""Which signals DIMO is to tell of."""

from bot.domain.notes import NoteKind
from bot.domain.reports import Signal
from bot.domain.triggers import Trigger, triggers_for
from bot.service.dimo_mapping import NAMES


def test_every_kind_of_note_has_triggers_and_every_signal_a_name() -> None:
    for kind in NoteKind:
        assert {NAMES[trigger.signal] for trigger in triggers_for({kind})}


def test_what_several_kinds_need_is_asked_for_once() -> None:
    both = triggers_for({NoteKind.CHARGED, NoteKind.CHARGE_STOPPED})
    assert both == {Trigger(Signal.CHARGING, "value == 1.0")}
