"""All use cases, and which of them acts on a confirmed prompt."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bot.domain.actions import Action
from bot.domain.ids import ChatId, PersonId
from bot.domain.prompts import Subject, Task
from bot.domain.roles import Role
from bot.service.access import role_of
from bot.service.confirmation import Confirm, Confirmation
from bot.service.family.settings import SettingsChanges
from bot.telegram.menus import Menus
from bot.wiring.account import AccountServices, make_account
from bot.wiring.actions import ActionServices, make_actions
from bot.wiring.cars import CarServices, make_cars
from bot.wiring.codes import CodeServices, make_codes
from bot.wiring.core import Core, Shared, make_shared
from bot.wiring.family import FamilyServices, make_family
from bot.wiring.notes import NoteServices, make_notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, by capability."""

    shared: Shared
    account: AccountServices
    actions: ActionServices
    cars: CarServices
    codes: CodeServices
    family: FamilyServices
    notes: NoteServices
    confirmation: Confirmation
    menus: Menus


def make_services(core: Core) -> Services:
    """Make all use cases."""
    shared = make_shared(core)
    codes = make_codes(core, shared)
    actions = make_actions(core, shared)
    cars = make_cars(core, shared, fault=lambda: actions.route.fault)
    notes = make_notes(core, shared, where=cars.where)
    menus = Menus(chat=core.chat, background=core.background, role_of=partial(_role_of, core))

    def access_changed(home: ChatId, person: PersonId) -> None:
        cars.panels.home_changed(home)
        notes.watches.home_changed(home)
        menus.changed(person)

    family = make_family(
        core,
        shared,
        access_changed=access_changed,
        changes=SettingsChanges(zone=actions.schedules.zone_changed, any=notes.watches.plan),
    )
    account = make_account(
        core,
        shared,
        # The private chat in which an account is linked is the home, and has the number of its owner.
        caches=(
            codes.record.forget,
            cars.panels.home_changed,
            notes.watches.home_changed,
            lambda home: menus.changed(PersonId(int(home))),
        ),
    )
    use_cases: Mapping[Subject, Confirm] = {
        **dict.fromkeys(Action, actions.requests.confirm_action),
        Task.UNLINK: account.unlinking.confirm_unlinking,
        Task.CLEAR_CODES: codes.requests.confirm_clearing,
        Task.REMOVE_MEMBER: family.members.confirm_removal,
        Task.FORGET: account.erasure.confirm_forgetting,
    }
    confirmation = Confirmation(db=core.db, clock=core.clock, use_cases=use_cases)
    return Services(
        shared=shared,
        account=account,
        actions=actions,
        cars=cars,
        codes=codes,
        family=family,
        notes=notes,
        confirmation=confirmation,
        menus=menus,
    )


async def _role_of(core: Core, person: PersonId) -> Role | None:
    return await core.db.read(lambda tx: role_of(tx, person, now=core.clock.now()))
