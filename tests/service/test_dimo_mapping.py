from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.dimo import errors
from bot.dimo.commands import Command
from bot.dimo.environments import Service
from bot.dimo.errors import DimoError
from bot.dimo.telemetry import SignalValue, Snapshot
from bot.domain.actions import ACTIONS, Action
from bot.domain.refusals import Reason
from bot.domain.reports import CABIN_DOORS, Signal
from bot.service.dimo_mapping import COMMANDS, SIGNALS, codes_reason_for, reason_for, report_from

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def descendants(kind: type[DimoError]) -> Iterator[type[DimoError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


KINDS = [kind for kind in descendants(DimoError) if kind is not errors.Refused]


def an_error(
    kind: type[DimoError],
    service: str = Service.DEVICES,
    *,
    said: str | None = None,
    unreachable: bool = False,
) -> DimoError:
    return kind(service=service, operation="command", dimo_said=said, unreachable=unreachable)


def test_there_are_errors_to_map() -> None:
    assert len(KINDS) >= 9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("service", Service)
def test_every_error_of_dimo_has_a_reason_of_its_own(kind: type[DimoError], service: Service) -> None:
    """The general refusal is only for unknown errors, and for requests that were our mistake.

    The error that means that codes are cleared already has no reason: it counts as success.
    """
    reason = reason_for(an_error(kind, service))
    unspecific = {errors.CannotDo, errors.CodesNotTaken, errors.NothingToClear}
    assert reason is not Reason.DIMO_REFUSED or kind in unspecific


@pytest.mark.parametrize("kind", [DimoError, errors.Refused])
def test_an_unknown_error_is_a_general_refusal(kind: type[DimoError]) -> None:
    assert reason_for(an_error(kind)) is Reason.DIMO_REFUSED


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_that_is_not_there_is_unreachable(kind: type[DimoError]) -> None:
    assert reason_for(an_error(kind, unreachable=True)) is Reason.DIMO_UNREACHABLE


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (400, "Couldn't parse token id", Reason.CAR_CANNOT_DO_THIS),
        (400, "Integration is not capable of this command.", Reason.CAR_CANNOT_DO_THIS),
        (401, "", Reason.DIMO_REJECTED_ITS_OWN_TOKEN),
        (403, "Vehicle subscription is not active.", Reason.SUBSCRIPTION_ENDED),
        (403, "Missing required privilege", Reason.NOT_SHARED_FOR_COMMANDS),
        (404, "Vehicle NFT not found.", Reason.CAR_TAKES_NO_COMMANDS),
        (404, "No command-capable integrations found for this vehicle.", Reason.CAR_TAKES_NO_COMMANDS),
        (404, "No synthetic devices found for this VIN.", Reason.CAR_TAKES_NO_COMMANDS),
        (409, "Integration is not capable of this command.", Reason.CAR_CANNOT_DO_THIS),
        (429, "", Reason.DIMO_TOO_BUSY),
        (500, "", Reason.DIMO_TROUBLE),
        (503, "", Reason.DIMO_TROUBLE),
    ],
)
@pytest.mark.parametrize("service", [Service.DEVICES, Service.ORACLE])
def test_each_error_of_a_command_has_its_reason(service: Service, status: int, said: str, reason: Reason) -> None:
    kind = errors.class_for_status(status)
    assert reason_for(an_error(kind, service, said=said)) is reason


@pytest.mark.parametrize(
    ("service", "kind", "said", "reason"),
    [
        (Service.AUTH, errors.CannotDo, "invalid signature", Reason.LICENSE_NOT_ACCEPTED),
        (Service.TOKEN_EXCHANGE, errors.SignInExpired, "", Reason.LICENSE_NOT_ACCEPTED),
        (Service.TOKEN_EXCHANGE, errors.NotPermitted, "not a dev license", Reason.LICENSE_NOT_ACCEPTED),
        (Service.TOKEN_EXCHANGE, errors.NotPermitted, "lacks permissions [...]", Reason.NOT_SHARED_FOR_COMMANDS),
        (Service.TELEMETRY, errors.NotPermitted, "unauthorized", Reason.NOT_SHARED_FOR_READING),
    ],
)
def test_the_same_error_has_another_reason_at_another_service(
    service: Service, kind: type[DimoError], said: str, reason: Reason
) -> None:
    assert reason_for(an_error(kind, service, said=said)) is reason


@pytest.mark.parametrize(
    ("kind", "unreachable", "reason"),
    [
        (errors.NotSent, True, Reason.DIMO_UNREACHABLE),
        # It waited behind too many explanations in our own queue: DIMO is there, and slow.
        (errors.NotSent, False, Reason.DIMO_TOO_SLOW),
        (errors.NoAnswer, False, Reason.DIMO_TOO_SLOW),
        (errors.NotFound, False, Reason.CODES_NOT_FOUND),
        # Only an answer to submitted codes is about the codes themselves.
        (errors.CannotDo, False, Reason.DIMO_REFUSED),
        (errors.NotPermitted, False, Reason.NOT_SHARED_FOR_READING),
        (errors.SignInExpired, False, Reason.DIMO_REJECTED_ITS_OWN_TOKEN),
        (errors.TooFast, False, Reason.DIMO_TOO_BUSY),
        (errors.ServiceTrouble, False, Reason.DIMO_TROUBLE),
        (errors.ServiceTrouble, True, Reason.DIMO_UNREACHABLE),
    ],
)
def test_each_error_about_error_codes_has_its_reason(
    kind: type[DimoError], *, unreachable: bool, reason: Reason
) -> None:
    assert codes_reason_for(an_error(kind, unreachable=unreachable)) is reason


def test_every_action_has_its_command_and_every_command_its_action() -> None:
    assert set(COMMANDS) == set(Action)
    assert sorted(COMMANDS.values()) == sorted(Command)


def test_every_signal_is_read_from_exactly_one_signal_of_dimo() -> None:
    assert sorted(SIGNALS.values()) == sorted(Signal)
    assert {ACTIONS[action].signal for action in Action} | set(CABIN_DOORS) <= set(SIGNALS.values())


def a_snapshot(**signals: tuple[float | None, str | None]) -> Snapshot:
    values = {name: SignalValue(AT, number, text) for name, (number, text) in signals.items()}
    return Snapshot(last_seen=AT, signals=values)


def test_a_report_has_the_cars_values_and_its_own_times() -> None:
    report = report_from(a_snapshot(bodyLockIsLocked=(0.0, None), powertrainRange=(310.0, None)))
    locked = report.reading(Signal.LOCKED)
    assert locked is not None
    assert (locked.is_on, locked.at) == (False, AT)
    assert report.last_seen == AT


def test_a_signal_that_the_car_never_sent_is_absent_and_not_false() -> None:
    report = report_from(a_snapshot())
    assert all(report.reading(signal) is None for signal in Signal)


def test_unknown_signals_and_values_that_are_no_numbers_are_left_out() -> None:
    report = report_from(
        a_snapshot(obdDTCList=(None, "[]"), bodyLockIsLocked=(None, "yes"), dimoAftermarketHDOP=(3.0, None))
    )
    assert not report.readings
