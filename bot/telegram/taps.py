"""Button data: what a tap asks for. It can be forged, so it only asks; access is checked when it arrives."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Final

from bot.domain.actions import Action
from bot.domain.family import GRANTED_ROLES, Lasting, RequestState
from bot.domain.ids import CarId, ChatId, CodeQueryId, InvitationId, PersonId, PromptId
from bot.domain.roles import Role

MAX_BYTES: Final = 64
"""Telegram's limit for callback_data."""


@dataclass(frozen=True, slots=True)
class Act:
    """Do an action on a car."""

    action: Action
    car: CarId


@dataclass(frozen=True, slots=True)
class Confirm:
    """Yes to a question."""

    prompt: PromptId


@dataclass(frozen=True, slots=True)
class Cancel:
    """No to a question."""

    prompt: PromptId


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """Show in a new message what a car last reported."""

    car: CarId


@dataclass(frozen=True, slots=True)
class RefreshStatus:
    """Ask the car's report again, in the message that shows it."""

    car: CarId


@dataclass(frozen=True, slots=True)
class ChooseCar:
    """Mean this car from here on."""

    car: CarId


@dataclass(frozen=True, slots=True)
class ShowCars:
    """Show the cars to choose from."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Ask DIMO again which cars are shared."""


@dataclass(frozen=True, slots=True)
class Link:
    """Link, or link again."""


@dataclass(frozen=True, slots=True)
class ShowCodes:
    """Show in a new message the error codes that were asked about last."""

    car: CarId


@dataclass(frozen=True, slots=True)
class TurnCodes:
    """Show another query, or another page of it, in the message that has the button."""

    car: CarId
    query: CodeQueryId
    page: int = 0


@dataclass(frozen=True, slots=True)
class EnterCodes:
    """Wait for error codes that the person writes."""

    car: CarId


@dataclass(frozen=True, slots=True)
class ReadCodes:
    """Show the error codes that a car itself reports; a later page shows the same report."""

    car: CarId
    page: int = 0


@dataclass(frozen=True, slots=True)
class SendCodes:
    """Ask DIMO about codes that were offered, or that did not reach it."""

    car: CarId
    query: CodeQueryId


@dataclass(frozen=True, slots=True)
class ClearCodes:
    """Ask whether the newest codes should be marked as cleared."""

    car: CarId


@dataclass(frozen=True, slots=True)
class ShowWatch:
    """Show how a car is watched for new codes."""

    car: CarId


@dataclass(frozen=True, slots=True)
class SetWatch:
    """Watch a car every so many hours; 0 ends the watch."""

    car: CarId
    hours: int


@dataclass(frozen=True, slots=True)
class MuteCodes:
    """Never tell again of the codes that were told."""

    car: CarId
    query: CodeQueryId


@dataclass(frozen=True, slots=True)
class UnmuteCodes:
    """Tell of muted codes again."""

    car: CarId


@dataclass(frozen=True, slots=True)
class ChooseRole:
    """Invite somebody as this."""

    role: Role


@dataclass(frozen=True, slots=True)
class Invite:
    """Make an invitation to this role, which lasts so long."""

    role: Role
    lasting: Lasting


@dataclass(frozen=True, slots=True)
class ShowInvitations:
    """Show the open invitations."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Withdraw an open invitation."""

    invitation: InvitationId


@dataclass(frozen=True, slots=True)
class Join:
    """Take an invitation; its code is what admits."""

    code: str


@dataclass(frozen=True, slots=True)
class ShowMembers:
    """Show who may use the cars."""

    page: int = 0


@dataclass(frozen=True, slots=True)
class ShowMember:
    """Show one person's access."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class SetRole:
    """Give a person another role."""

    person: PersonId
    role: Role


@dataclass(frozen=True, slots=True)
class SetEnd:
    """Give a person's access another end."""

    person: PersonId
    lasting: Lasting


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Ask whether a person's access should be taken away."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class ShareHere:
    """Let the cars of a home be used from the group that has the button."""

    home: ChatId


@dataclass(frozen=True, slots=True)
class ShowGroups:
    """Show the groups from which the owner's cars can be used."""


@dataclass(frozen=True, slots=True)
class StopSharing:
    """End the use of the owner's cars from a group."""

    group: ChatId


@dataclass(frozen=True, slots=True)
class AskForAccess:
    """Ask a home's owner for access, from the group that has the button."""

    home: ChatId


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """Answer a person's request for access."""

    person: PersonId
    answer: Role | RequestState


@dataclass(frozen=True, slots=True)
class TurnLog:
    """Show a page of the log; person 0 is everybody, no action is every action."""

    person: PersonId
    action: Action | None = None
    page: int = 0


@dataclass(frozen=True, slots=True)
class FilterLog:
    """Show whose lines of the log there are, and about which actions."""

    person: PersonId
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class ExportLog:
    """Send the log as a file."""

    person: PersonId
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """Show the settings, or one of them with its choices."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class SetSetting:
    """Choose a value for a setting, by its place among the choices."""

    name: str
    choice: int


@dataclass(frozen=True, slots=True)
class SetZone:
    """Live in this time zone."""

    zone: str


CodesTap = (
    ShowCodes
    | TurnCodes
    | EnterCodes
    | ReadCodes
    | SendCodes
    | ClearCodes
    | ShowWatch
    | SetWatch
    | MuteCodes
    | UnmuteCodes
)
FamilyTap = (
    ChooseRole
    | Invite
    | ShowInvitations
    | Withdraw
    | Join
    | ShowMembers
    | ShowMember
    | SetRole
    | SetEnd
    | RemoveMember
    | ShareHere
    | ShowGroups
    | StopSharing
    | AskForAccess
    | AnswerRequest
    | TurnLog
    | FilterLog
    | ExportLog
    | ShowSettings
    | SetSetting
    | SetZone
)
CarTap = Act | Confirm | Cancel | ShowStatus | RefreshStatus | ChooseCar | ShowCars | LookAgain | Link
Tap = CarTap | CodesTap | FamilyTap


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
