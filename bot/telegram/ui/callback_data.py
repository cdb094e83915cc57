"""How a tap is written into a button's data, and read back: exactly, or not at all."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Final

from bot.domain.actions import Action
from bot.domain.family import GRANTED_ROLES, Lasting, RequestState
from bot.domain.roles import Role
from bot.telegram.ui.taps import (
    Act,
    AnswerRequest,
    AskForAccess,
    Cancel,
    ChooseCar,
    ChooseRole,
    ClearCodes,
    Confirm,
    EnterCodes,
    ExportLog,
    FilterLog,
    Invite,
    Join,
    Link,
    LookAgain,
    MuteCodes,
    ReadCodes,
    RefreshStatus,
    RemoveMember,
    SendCodes,
    SetEnd,
    SetRole,
    SetSetting,
    SetWatch,
    SetZone,
    ShareHere,
    ShowCars,
    ShowCodes,
    ShowGroups,
    ShowInvitations,
    ShowMember,
    ShowMembers,
    ShowSettings,
    ShowStatus,
    ShowWatch,
    StopSharing,
    Tap,
    TurnCodes,
    TurnLog,
    UnmuteCodes,
    Withdraw,
)

MAX_BYTES: Final = 64
"""Telegram's limit for callback_data."""


class BadTap(ValueError):
    """Button data that no button of this version has."""


Read = Callable[[str], object]


def _matching(pattern: str) -> Read:
    form = re.compile(pattern, re.ASCII)

    def read_text(text: str) -> str:
        if not form.fullmatch(text):
            raise BadTap("a part of the button data has not its form")
        return text

    return read_text


def _whole(least: int, most: int) -> Read:
    def read_number(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise BadTap("a number of the button data is out of range")
        return number

    return read_number


_LARGEST = 2**63 - 1
_car = _whole(1, _LARGEST)
_person = _whole(1, _LARGEST)
_anybody = _whole(0, _LARGEST)
_chat = _whole(-_LARGEST, _LARGEST)
_group = _whole(-_LARGEST, -1)
_page = _whole(0, 9999)
_prompt = _matching(r"[A-Za-z0-9_-]{1,40}")
_query = _matching(r"[a-z0-9]{1,24}")
_invitation = _matching(r"[A-Za-z0-9_-]{1,24}")
_code = _matching(r"[A-Za-z0-9_-]{16,40}")
_setting = _matching(r"[a-z_]{0,20}")
_zone = _matching(r"[A-Za-z0-9_+/-]{1,40}")


def _granted(text: str) -> Role:
    role = Role(text)
    if role not in GRANTED_ROLES:
        raise BadTap("nobody can be given this role")
    return role


def _answer(text: str) -> Role | RequestState:
    return _granted(text) if text in set(Role) else RequestState(text)


def _maybe_action(text: str) -> Action | None:
    return Action(text) if text else None


_FORMS: Mapping[type[Tap], tuple[str, tuple[Read, ...]]] = {
    Act: ("a", (Action, _car)),
    Confirm: ("y", (_prompt,)),
    Cancel: ("n", (_prompt,)),
    ShowStatus: ("s", (_car,)),
    RefreshStatus: ("r", (_car,)),
    ChooseCar: ("c", (_car,)),
    ShowCars: ("cars", ()),
    LookAgain: ("again", ()),
    Link: ("link", ()),
    ShowCodes: ("k", (_car,)),
    TurnCodes: ("q", (_car, _query, _page)),
    EnterCodes: ("e", (_car,)),
    ReadCodes: ("f", (_car, _page)),
    SendCodes: ("g", (_car, _query)),
    ClearCodes: ("x", (_car,)),
    ShowWatch: ("w", (_car,)),
    SetWatch: ("every", (_car, _page)),
    MuteCodes: ("m", (_car, _query)),
    UnmuteCodes: ("u", (_car,)),
    ChooseRole: ("as", (_granted,)),
    Invite: ("i", (_granted, Lasting)),
    ShowInvitations: ("invitations", ()),
    Withdraw: ("withdraw", (_invitation,)),
    Join: ("j", (_code,)),
    ShowMembers: ("members", (_page,)),
    ShowMember: ("p", (_person,)),
    SetRole: ("role", (_person, _granted)),
    SetEnd: ("end", (_person, Lasting)),
    RemoveMember: ("remove", (_person,)),
    ShareHere: ("here", (_chat,)),
    ShowGroups: ("groups", ()),
    StopSharing: ("unshare", (_group,)),
    AskForAccess: ("ask", (_chat,)),
    AnswerRequest: ("answer", (_person, _answer)),
    TurnLog: ("l", (_anybody, _maybe_action, _page)),
    FilterLog: ("filter", (_anybody, _maybe_action)),
    ExportLog: ("export", (_anybody, _maybe_action)),
    ShowSettings: ("settings", (_setting,)),
    SetSetting: ("set", (_setting, _page)),
    SetZone: ("zone", (_zone,)),
}
"""How each tap is written: its mark, and how each of its values is read back."""

_KINDS: Mapping[str, tuple[Callable[..., Tap], tuple[Read, ...]]] = {
    mark: (kind, parts) for kind, (mark, parts) in _FORMS.items()
}


def pack(tap: Tap) -> str:
    """Write a tap as callback_data; raises BadTap when it does not fit."""
    values = (getattr(tap, one.name) for one in fields(tap))
    data = ":".join([_FORMS[type(tap)][0], *("" if value is None else str(value) for value in values)])
    if len(data.encode()) > MAX_BYTES:
        raise BadTap("button data is too long")
    return data


def read(data: str) -> Tap:
    """Read callback_data back; raises BadTap for anything else than what `pack` writes."""
    try:
        tap = _read(data)
        if pack(tap) == data:
            return tap
    except ValueError as error:
        raise BadTap("button data of another version, or forged") from error
    raise BadTap("button data that is not written as we write it")


def _read(data: str) -> Tap:
    mark, *values = data.split(":")
    if mark not in _KINDS:
        raise BadTap("button data of no known kind")
    kind, parts = _KINDS[mark]
    if len(values) != len(parts):
        raise BadTap("button data with too little or too much")
    return kind(*(part(value) for part, value in zip(parts, values, strict=True)))
