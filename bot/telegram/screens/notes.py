"""Screens of notes: one of them, its muting, and who wants which."""

from datetime import datetime

from bot.domain.actions import Action
from bot.domain.ids import NoteId
from bot.domain.notes import MuteLength, Note, NoteKind
from bot.domain.preferences import Setting
from bot.service.notes.choices import Muted, NotesView
from bot.telegram import texts
from bot.telegram.screens import buttons
from bot.telegram.screens.buttons import by_two
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, Screen


def note(it: Note, *, now: datetime) -> Screen:
    """What a car reports, with what can be done; nothing once it is over."""
    text = texts.notes.note(it, now=now)
    if it.over_at is not None:
        return Screen(text)
    lock = (buttons.act(Action.LOCK, it.car),) if it.lock_helps else ()
    first = buttons.where(it.car) if it.kind is NoteKind.MOVED else buttons.status(it.car)
    rest = (first, Button(texts.notes.MUTE, taps.ShowMutes(it.id)))
    return Screen(text, (lock, rest) if lock else (rest,))


def for_how_long(it: Note, *, now: datetime) -> Screen:
    """The question for how long such notes are muted."""
    lengths = [Button(texts.notes.LENGTHS[length], taps.MuteNote(it.id, length)) for length in MuteLength]
    back = Button(texts.notes.BACK, taps.ShowNote(NoteId(it.id)))
    return Screen(texts.notes.for_how_long(it, now=now), by_two([*lengths, back]))


def muted(it: Muted, *, now: datetime) -> Screen:
    """What is muted now."""
    return Screen(texts.notes.muted(it, now=now))


def notes(it: NotesView, *, now: datetime) -> Screen:
    """What a person is told, with what they can change."""
    rows = []
    if it.topics:
        stop, send = Button(texts.notes.STOP, taps.TakeNotes("off")), Button(texts.notes.SEND, taps.TakeNotes("on"))
        rows.append((stop if it.takes else send,))
        if it.takes and it.muted:
            rows.append((Button(texts.notes.UNMUTE, taps.TakeNotes("on")),))
    if it.is_owner:
        rows.append((Button(texts.notes.WHICH, taps.ShowSettings(Setting.NEWS)),))
    return Screen(texts.notes.notes(it, now=now), tuple(rows))
