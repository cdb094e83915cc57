"""All use cases, and which of them acts on a confirmed prompt."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.actions import Action
from bot.domain.prompts import Subject, Task
from bot.service.confirmation import Confirm, Confirmation
from bot.wiring.account import AccountServices, make_account
from bot.wiring.actions import ActionServices, make_actions
from bot.wiring.cars import CarServices, make_cars
from bot.wiring.codes import CodeServices, make_codes
from bot.wiring.core import Core, Shared, make_shared
from bot.wiring.family import FamilyServices, make_family


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, by capability."""

    shared: Shared
    account: AccountServices
    actions: ActionServices
    cars: CarServices
    codes: CodeServices
    family: FamilyServices
    confirmation: Confirmation


def make_services(core: Core) -> Services:
    """Make all use cases."""
    shared = make_shared(core)
    codes = make_codes(core, shared)
    actions = make_actions(core, shared)
    cars = make_cars(core, shared, fault=lambda: actions.route.fault)
    family = make_family(core, shared, access_changed=cars.panels.home_changed)
    account = make_account(core, shared, caches=(codes.record.forget, cars.panels.home_changed))
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
        confirmation=confirmation,
    )
