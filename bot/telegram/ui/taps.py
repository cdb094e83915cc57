"""Every tap on a button. To add one, declare it here and give a handler class a method that takes it."""

from dataclasses import field
from typing import Annotated, Literal

from bot.domain.actions import Action
from bot.domain.family import GRANTED_ROLES, AccessLength, RequestState
from bot.domain.ids import CarId, ChatId, CodeQueryId, ConsentId, InvitationId, NoteId, PersonId, PromptId, ScheduleId
from bot.domain.linking import LinkAnswer
from bot.domain.notes import MuteLength
from bot.domain.panels import Page
from bot.domain.preferences import Setting
from bot.domain.roles import Role
from bot.domain.schedules import EVERY_DAY, QUARTERS, ScheduleKind
from bot.telegram.ui.callback_data import Tap, matching, one_of, whole

_LARGEST = 2**63 - 1
_Car = Annotated[CarId, whole(1, _LARGEST)]
_Person = Annotated[PersonId, whole(1, _LARGEST)]
_Anybody = Annotated[PersonId, whole(0, _LARGEST)]
_Chat = Annotated[ChatId, whole(-_LARGEST, _LARGEST)]
_Group = Annotated[ChatId, whole(-_LARGEST, -1)]
_Schedule = Annotated[ScheduleId, matching(r"[a-f0-9]{16}")]
_Note = Annotated[NoteId, matching(r"[a-f0-9]{16}")]
_Quarter = Annotated[int, whole(0, QUARTERS - 1)]
_Days = Annotated[int, whole(0, EVERY_DAY)]
_Number = Annotated[int, whole(0, 9999)]
_Prompt = Annotated[PromptId, matching(r"[A-Za-z0-9_-]{1,40}")]
_Query = Annotated[CodeQueryId, matching(r"[a-z0-9]{1,24}")]
_Consent = Annotated[ConsentId, matching(r"[A-Za-z0-9_-]{1,24}")]
_Invitation = Annotated[InvitationId, matching(r"[A-Za-z0-9_-]{1,24}")]
_JoinCode = Annotated[str, matching(r"[A-Za-z0-9_-]{16,40}")]
_Zone = Annotated[str, matching(r"[A-Za-z0-9_+/-]{1,40}")]
_Command = Annotated[str, matching(r"[a-z]{1,16}")]
_Granted = Annotated[Role, one_of(*GRANTED_ROLES)]
_Answer = Annotated[Role | RequestState, one_of(*GRANTED_ROLES, *RequestState)]
_AnyAction = Annotated[Action | None, one_of(None, *Action)]
_SettingsPage = Annotated[Setting | Literal["place"] | None, one_of(None, "place", *Setting)]


class _CarTap(Tap):
    car: _Car


class _PersonTap(Tap):
    person: _Person


class _ScheduleTap(Tap):
    schedule: _Schedule


class _NoteTap(Tap):
    note: _Note


class _PlanTap(Tap):
    """Times are quarters of an hour; `until` counts for charging only."""

    car: _Car
    kind: ScheduleKind
    at: _Quarter
    until: _Quarter
    days: _Days


class Act(Tap, mark="a"):
    """Do an action on a car."""

    action: Action
    car: _Car


class Confirm(Tap, mark="y"):
    """Yes to a question."""

    prompt: _Prompt


class Cancel(Tap, mark="n"):
    """No to a question."""

    prompt: _Prompt


class ShowStatus(_CarTap, mark="s"):
    """Show in a new message what a car last reported."""


class RefreshStatus(_CarTap, mark="r"):
    """Ask for the car's report again, and show it in the same message."""


class ShowWeek(_CarTap, mark="wk"):
    """Show in a new message the last seven days of a car."""


class ShowWhere(_CarTap, mark="wh"):
    """Show in a new message where a car is."""


class RefreshPanel(_CarTap, mark="rp"):
    """Ask for the car's report again, and show it in the panel."""


class TurnPanel(_CarTap, mark="tp"):
    """Show the other keyboard of a panel."""

    page: Page


class PinPanel(_CarTap, mark="pin"):
    """Pin the panel that has the button."""


class ShowCharge(_CarTap, mark="ch"):
    """Offer to start and to stop charging."""


class RunCommand(Tap, mark="do"):
    """Do what a command without more words does, and show it in a new message."""

    command: _Command


class ChooseCar(_CarTap, mark="c"):
    """Use this car from now on in this chat, for the person who taps."""


class ShowCars(Tap, mark="cars"):
    """Show the cars to choose from."""


class LookAgain(Tap, mark="again"):
    """Ask DIMO again which cars are shared."""


class Link(Tap, mark="link"):
    """Link, or link again."""


class ShareLocation(Tap, mark="loc"):
    """Sign in and share the cars with their location."""


class AnswerLinkPermission(_PersonTap, mark="let"):
    """Let a person link an account of their own, or not."""

    answer: LinkAnswer


class AnswerLinkConsent(Tap, mark="too"):
    """Let somebody link an account that is linked already, or not."""

    consent: _Consent
    answer: LinkAnswer


class ShowCodes(_CarTap, mark="k"):
    """Show in a new message the error codes that were asked about last."""


class TurnCodes(_CarTap, mark="q"):
    """Show another query, or another page of it, in the same message."""

    query: _Query
    page: _Number = 0


class EnterCodes(_CarTap, mark="e"):
    """Wait for error codes that the person writes."""


class ReadCodes(_CarTap, mark="f"):
    """Show the error codes that a car itself reports; a later page shows the same report."""

    page: _Number = 0


class SendCodes(_CarTap, mark="g"):
    """Ask DIMO about codes that were offered, or that did not reach it."""

    query: _Query


class ClearCodes(_CarTap, mark="x"):
    """Ask whether the newest codes should be marked as cleared."""


class ShowWatch(_CarTap, mark="w"):
    """Show how a car is watched for new codes."""


class SetWatch(_CarTap, mark="every"):
    """Look for new codes at this interval in hours; 0 ends the watch."""

    hours: _Number


class MuteCodes(_CarTap, mark="m"):
    """Never announce these codes again."""

    query: _Query


class UnmuteCodes(_CarTap, mark="u"):
    """Announce muted codes again."""


class ChooseRole(Tap, mark="as"):
    """Invite somebody with this role."""

    role: _Granted


class Invite(Tap, mark="i"):
    """Make an invitation to this role, for this long."""

    role: _Granted
    length: AccessLength


class ShowInvitations(Tap, mark="invitations"):
    """Show the open invitations."""


class Withdraw(Tap, mark="withdraw"):
    """Withdraw an open invitation."""

    invitation: _Invitation


class Join(Tap, mark="j"):
    """Accept an invitation. Its code admits whoever has it."""

    code: _JoinCode = field(repr=False)


class ShowMembers(Tap, mark="members"):
    """Show who may use the cars."""

    page: _Number = 0


class ShowMember(_PersonTap, mark="p"):
    """Show one person's access."""


class SetRole(_PersonTap, mark="role"):
    """Give a person another role."""

    role: _Granted


class SetEnd(_PersonTap, mark="end"):
    """Give a person's access another end."""

    length: AccessLength


class RemoveMember(_PersonTap, mark="remove"):
    """Ask whether a person's access should be taken away."""


class ShareHere(Tap, mark="here"):
    """Share the cars of a home in the group that has the button."""

    home: _Chat


class ShowGroups(Tap, mark="groups"):
    """Show the groups from which the owner's cars can be used."""


class StopSharing(Tap, mark="unshare"):
    """Stop sharing the owner's cars in a group."""

    group: _Group


class AskForAccess(Tap, mark="ask"):
    """Ask a home's owner for access, from the group that has the button."""

    home: _Chat


class AnswerRequest(_PersonTap, mark="answer"):
    """Answer a person's request for access."""

    answer: _Answer


class TurnLog(Tap, mark="l"):
    """Show a page of the log; person 0 means everybody, None means every action."""

    person: _Anybody
    action: _AnyAction = None
    page: _Number = 0


class FilterLog(Tap, mark="filter"):
    """Show the people and actions by which the log can be filtered."""

    person: _Anybody
    action: _AnyAction = None


class ExportLog(Tap, mark="export"):
    """Send the log as a file."""

    person: _Anybody
    action: _AnyAction = None


class ShowSettings(Tap, mark="settings"):
    """Show all settings, one of them with its choices, or the question for a city."""

    page: _SettingsPage = None


class SetSetting(Tap, mark="set"):
    """Choose a value for a setting, by its place among the choices."""

    setting: Setting
    choice: _Number


class ShowSchedules(Tap, mark="sch"):
    """Show all schedules."""


class DraftSchedule(_PlanTap, mark="sd"):
    """Show a schedule that is being made, with these times and days."""


class AddSchedule(_PlanTap, mark="sa"):
    """Store a schedule with these times and days."""


class ShowSchedule(_ScheduleTap, mark="s1"):
    """Show one schedule."""


class PauseSchedule(_ScheduleTap, mark="sp"):
    """Pause a schedule."""


class ResumeSchedule(_ScheduleTap, mark="sr"):
    """Let a paused schedule go on."""


class RemoveSchedule(_ScheduleTap, mark="sx"):
    """Delete a schedule."""


class ShowNote(_NoteTap, mark="no"):
    """Show a note again, after the question for how long it is muted."""


class ShowMutes(_NoteTap, mark="nm"):
    """Ask for how long notes like this one are muted."""


class MuteNote(_NoteTap, mark="mute"):
    """Send this person no notes like this one for a while."""

    length: MuteLength


class TakeNotes(Tap, mark="nt"):
    """Send this person notes from now on, or none."""

    choice: Annotated[Literal["on", "off"], one_of("on", "off")]


class ShowAllHelp(Tap, mark="help"):
    """Show all commands, and what the words of an outcome mean."""


class ShowAllPrivacy(Tap, mark="kept"):
    """Show all that is stored, and for how long."""


class SetFirstZone(Tap, mark="here_is"):
    """Use this time zone, as an answer to the question after linking."""

    zone: _Zone


class SetZone(Tap, mark="zone"):
    """Use this time zone."""

    zone: _Zone
