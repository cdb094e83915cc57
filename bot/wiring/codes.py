"""Error codes: requested, recorded, delivered to DIMO, watched."""

from dataclasses import dataclass

from bot.service.codes.delivery import CodeDelivery
from bot.service.codes.dimo_gateway import CodesGateway
from bot.service.codes.messages import CodeMessages
from bot.service.codes.record import CodeRecord
from bot.service.codes.requests import CodeRequests
from bot.service.codes.watch import CodeWatches
from bot.wiring.core import Core, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeServices:
    """The use cases of error codes."""

    requests: CodeRequests
    record: CodeRecord
    messages: CodeMessages
    delivery: CodeDelivery
    watches: CodeWatches


def make_codes(core: Core, shared: Shared) -> CodeServices:
    """Make the use cases of error codes."""
    db, clock = core.db, core.clock
    gateway = CodesGateway(db=db, dimo=core.dimo, clock=clock, vehicle_tokens=shared.vehicle_tokens)
    record = CodeRecord(db=db, clock=clock, gateway=gateway)
    messages = CodeMessages(db=db, clock=clock, record=record, announcer=shared.announcer)
    delivery = CodeDelivery(
        db=db, clock=clock, gateway=gateway, record=record, messages=messages, background=core.background
    )
    requests = CodeRequests(
        db=db,
        clock=clock,
        record=record,
        delivery=delivery,
        messages=messages,
        prompting=shared.prompting,
        status=shared.status,
    )
    watches = CodeWatches(db=db, clock=clock, status=shared.status, announcer=shared.announcer)
    return CodeServices(requests=requests, record=record, messages=messages, delivery=delivery, watches=watches)
