"""The handlers of Telegram's updates, made from the use cases."""

from bot.telegram.answers import Answers
from bot.telegram.gate import Gate
from bot.telegram.handlers.actions import ActionHandlers
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.handlers.codes import CodeHandlers
from bot.telegram.handlers.family import FamilyHandlers
from bot.telegram.handlers.free_text import FreeTextHandler
from bot.telegram.handlers.groups import GroupHandlers
from bot.telegram.handlers.help import HelpHandlers
from bot.telegram.handlers.linking import LinkHandlers
from bot.telegram.handlers.log import LogHandlers
from bot.telegram.handlers.notes import NoteHandlers
from bot.telegram.handlers.privacy import PrivacyHandlers
from bot.telegram.handlers.schedules import ScheduleHandlers
from bot.telegram.handlers.settings import SettingsHandlers
from bot.telegram.handlers.where import WhereHandlers
from bot.telegram.routes import COMMANDS, Handlers
from bot.wiring.core import Core
from bot.wiring.services import Services


def make_handlers(core: Core, services: Services) -> tuple[Gate, Handlers]:
    """Make the handlers, and the gate in front of them."""
    chat, clock, background, shared = core.chat, core.clock, core.background, services.shared
    account, family_services = services.account, services.family
    cars = CarHandlers(
        chat=chat,
        clock=clock,
        accessible_cars=services.cars.accessible,
        reports=shared.status,
        history=services.cars.history,
        actions=services.actions.requests,
        panels=services.cars.panels,
        background=background,
    )
    linking = LinkHandlers(
        sign_in=account.sign_in,
        permissions=account.link_permissions,
        linking=account.linking,
        unlinking=account.unlinking,
        clock=clock,
        cars=cars,
    )
    settings = SettingsHandlers(clock=clock, settings=family_services.settings, watches=services.notes.watches)
    codes, actions = _code_handlers(core, services), _action_handlers(core, services, cars)
    family = FamilyHandlers(
        chat=chat,
        clock=clock,
        invitations=family_services.invitations,
        members=family_services.members,
        access_requests=family_services.access_requests,
    )
    groups = GroupHandlers(chat=chat, groups=family_services.groups, access_requests=family_services.access_requests)
    about = HelpHandlers(
        accessible_cars=services.cars.accessible,
        cars=cars,
        family=family,
        groups=groups,
        linking=linking,
        chat=chat,
        commands=[command.name for command in COMMANDS],
    )
    handlers = Handlers(
        help=about,
        actions=actions,
        cars=cars,
        schedules=ScheduleHandlers(schedules=services.actions.schedules, clock=clock),
        notes=NoteHandlers(choices=services.notes.choices, clock=clock),
        where=WhereHandlers(chat=chat, clock=clock, where=services.cars.where, background=background),
        linking=linking,
        codes=codes,
        family=family,
        groups=groups,
        settings=settings,
        log=LogHandlers(chat=chat, log=family_services.log, clock=clock),
        privacy=PrivacyHandlers(erasure=account.erasure, chat=chat),
        free_text=FreeTextHandler(
            linking=linking, family=family, settings=settings, codes=codes, help=about, actions=actions
        ),
    )
    answers = Answers(chat=chat, prompting=shared.prompting, stranger=groups.stranger, which_car=cars.choice)
    gate = Gate(
        chat=chat,
        clock=clock,
        answers=answers,
        quotas=shared.quotas,
        pop_up=actions.pop_up,
        menus=services.menus,
        background=background,
    )
    return gate, handlers


def _action_handlers(core: Core, services: Services, cars: CarHandlers) -> ActionHandlers:
    return ActionHandlers(
        chat=core.chat,
        announcer=services.shared.announcer,
        clock=core.clock,
        actions=services.actions.requests,
        confirmation=services.confirmation,
        prompting=services.shared.prompting,
        cars=cars,
    )


def _code_handlers(core: Core, services: Services) -> CodeHandlers:
    return CodeHandlers(
        chat=core.chat,
        clock=core.clock,
        codes=services.codes.requests,
        messages=services.codes.messages,
        watching=services.codes.watches,
        background=core.background,
    )
