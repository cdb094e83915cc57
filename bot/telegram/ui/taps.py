"""What a tap on a button asks for. It can be forged, so it only asks; access is checked when it arrives."""

from dataclasses import dataclass, field

from bot.domain.actions import Action
from bot.domain.family import Lasting, RequestState
from bot.domain.ids import CarId, ChatId, CodeQueryId, InvitationId, PersonId, PromptId
from bot.domain.roles import Role


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

    code: str = field(repr=False)


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
