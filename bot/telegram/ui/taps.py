"""Every tap on a button. To add one, declare it here and give a handler class a method that takes it."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from bot.domain.actions import Action
from bot.domain.family import GRANTED_ROLES, AccessLength, RequestState
from bot.domain.ids import CarId, ChatId, CodeQueryId, InvitationId, PersonId, PromptId
from bot.domain.preferences import Setting
from bot.domain.roles import Role
from bot.telegram.ui.callback_data import Tap, matching, one_of, tap, whole

_LARGEST = 2**63 - 1
_Car = Annotated[CarId, whole(1, _LARGEST)]
_Person = Annotated[PersonId, whole(1, _LARGEST)]
_Anybody = Annotated[PersonId, whole(0, _LARGEST)]
_Chat = Annotated[ChatId, whole(-_LARGEST, _LARGEST)]
_Group = Annotated[ChatId, whole(-_LARGEST, -1)]
_Number = Annotated[int, whole(0, 9999)]
_Prompt = Annotated[PromptId, matching(r"[A-Za-z0-9_-]{1,40}")]
_Query = Annotated[CodeQueryId, matching(r"[a-z0-9]{1,24}")]
_Invitation = Annotated[InvitationId, matching(r"[A-Za-z0-9_-]{1,24}")]
_JoinCode = Annotated[str, matching(r"[A-Za-z0-9_-]{16,40}")]
_Zone = Annotated[str, matching(r"[A-Za-z0-9_+/-]{1,40}")]
_Granted = Annotated[Role, one_of(*GRANTED_ROLES)]
_Answer = Annotated[Role | RequestState, one_of(*GRANTED_ROLES, *RequestState)]
_AnyAction = Annotated[Action | None, one_of(None, *Action)]
_SettingsPage = Annotated[Setting | Literal["place"] | None, one_of(None, "place", *Setting)]


@dataclass(frozen=True, slots=True)
class _CarTap(Tap):
    car: _Car


@dataclass(frozen=True, slots=True)
class _PersonTap(Tap):
    person: _Person


@tap("a")
class Act(Tap):
    """Do an action on a car."""

    action: Action
    car: _Car


@tap("y")
class Confirm(Tap):
    """Yes to a question."""

    prompt: _Prompt


@tap("n")
class Cancel(Tap):
    """No to a question."""

    prompt: _Prompt


@tap("s")
class ShowStatus(_CarTap):
    """Show in a new message what a car last reported."""


@tap("r")
class RefreshStatus(_CarTap):
    """Ask for the car's report again, and show it in the same message."""


@tap("c")
class ChooseCar(_CarTap):
    """Use this car in this chat from now on."""


@tap("cars")
class ShowCars(Tap):
    """Show the cars to choose from."""


@tap("again")
class LookAgain(Tap):
    """Ask DIMO again which cars are shared."""


@tap("link")
class Link(Tap):
    """Link, or link again."""


@tap("k")
class ShowCodes(_CarTap):
    """Show in a new message the error codes that were asked about last."""


@tap("q")
class TurnCodes(_CarTap):
    """Show another query, or another page of it, in the same message."""

    query: _Query
    page: _Number = 0


@tap("e")
class EnterCodes(_CarTap):
    """Wait for error codes that the person writes."""


@tap("f")
class ReadCodes(_CarTap):
    """Show the error codes that a car itself reports; a later page shows the same report."""

    page: _Number = 0


@tap("g")
class SendCodes(_CarTap):
    """Ask DIMO about codes that were offered, or that did not reach it."""

    query: _Query


@tap("x")
class ClearCodes(_CarTap):
    """Ask whether the newest codes should be marked as cleared."""


@tap("w")
class ShowWatch(_CarTap):
    """Show how a car is watched for new codes."""


@tap("every")
class SetWatch(_CarTap):
    """Look for new codes every so many hours; 0 ends the watch."""

    hours: _Number


@tap("m")
class MuteCodes(_CarTap):
    """Never announce these codes again."""

    query: _Query


@tap("u")
class UnmuteCodes(_CarTap):
    """Announce muted codes again."""


@tap("as")
class ChooseRole(Tap):
    """Invite somebody with this role."""

    role: _Granted


@tap("i")
class Invite(Tap):
    """Make an invitation to this role, for this long."""

    role: _Granted
    length: AccessLength


@tap("invitations")
class ShowInvitations(Tap):
    """Show the open invitations."""


@tap("withdraw")
class Withdraw(Tap):
    """Withdraw an open invitation."""

    invitation: _Invitation


@tap("j")
class Join(Tap):
    """Accept an invitation. Its code admits whoever has it."""

    code: _JoinCode = field(repr=False)


@tap("members")
class ShowMembers(Tap):
    """Show who may use the cars."""

    page: _Number = 0


@tap("p")
class ShowMember(_PersonTap):
    """Show one person's access."""


@tap("role")
class SetRole(_PersonTap):
    """Give a person another role."""

    role: _Granted


@tap("end")
class SetEnd(_PersonTap):
    """Give a person's access another end."""

    length: AccessLength


@tap("remove")
class RemoveMember(_PersonTap):
    """Ask whether a person's access should be taken away."""


@tap("here")
class ShareHere(Tap):
    """Share the cars of a home in the group that has the button."""

    home: _Chat


@tap("groups")
class ShowGroups(Tap):
    """Show the groups from which the owner's cars can be used."""


@tap("unshare")
class StopSharing(Tap):
    """Stop sharing the owner's cars in a group."""

    group: _Group


@tap("ask")
class AskForAccess(Tap):
    """Ask a home's owner for access, from the group that has the button."""

    home: _Chat


@tap("answer")
class AnswerRequest(_PersonTap):
    """Answer a person's request for access."""

    answer: _Answer


@tap("l")
class TurnLog(Tap):
    """Show a page of the log; person 0 means everybody, None means every action."""

    person: _Anybody
    action: _AnyAction = None
    page: _Number = 0


@tap("filter")
class FilterLog(Tap):
    """Show the people and actions by which the log can be filtered."""

    person: _Anybody
    action: _AnyAction = None


@tap("export")
class ExportLog(Tap):
    """Send the log as a file."""

    person: _Anybody
    action: _AnyAction = None


@tap("settings")
class ShowSettings(Tap):
    """Show all settings, one of them with its choices, or the question for a city."""

    page: _SettingsPage = None


@tap("set")
class SetSetting(Tap):
    """Choose a value for a setting, by its place among the choices."""

    setting: Setting
    choice: _Number


@tap("zone")
class SetZone(Tap):
    """Use this time zone."""

    zone: _Zone
