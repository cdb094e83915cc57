"""DIMO's commands, errors and signals as the domain names them."""

from collections.abc import Mapping

from bot.dimo.commands import Command
from bot.dimo.environments import Service
from bot.dimo.errors import (
    BadAnswer,
    CannotDo,
    DimoError,
    NoAnswer,
    NotFound,
    NotPermitted,
    NotSent,
    ServiceTrouble,
    SignInExpired,
    TooFast,
)
from bot.dimo.telemetry import Snapshot
from bot.domain.actions import Action
from bot.domain.codes import read_listed
from bot.domain.refusals import Reason
from bot.domain.reports import CarCodes, CarReport, Reading, Signal
from bot.service.declined import Declined

COMMANDS: Mapping[Action, Command] = {
    Action.LOCK: Command.LOCK,
    Action.UNLOCK: Command.UNLOCK,
    Action.FRUNK: Command.OPEN_FRUNK,
    Action.TRUNK: Command.OPEN_TRUNK,
    Action.CHARGE_START: Command.START_CHARGING,
    Action.CHARGE_STOP: Command.STOP_CHARGING,
}

SIGNALS: Mapping[str, Signal] = {
    "bodyLockIsLocked": Signal.LOCKED,
    "bodyTrunkFrontIsOpen": Signal.FRUNK_OPEN,
    "bodyTrunkRearIsOpen": Signal.TRUNK_OPEN,
    "powertrainTractionBatteryChargingIsCharging": Signal.CHARGING,
    "cabinDoorRow1DriverSideIsOpen": Signal.DOOR_ROW1_DRIVER_SIDE_OPEN,
    "cabinDoorRow1PassengerSideIsOpen": Signal.DOOR_ROW1_PASSENGER_SIDE_OPEN,
    "cabinDoorRow2DriverSideIsOpen": Signal.DOOR_ROW2_DRIVER_SIDE_OPEN,
    "cabinDoorRow2PassengerSideIsOpen": Signal.DOOR_ROW2_PASSENGER_SIDE_OPEN,
    "cabinDoorRow1DriverSideWindowIsOpen": Signal.WINDOW_ROW1_DRIVER_SIDE_OPEN,
    "cabinDoorRow1PassengerSideWindowIsOpen": Signal.WINDOW_ROW1_PASSENGER_SIDE_OPEN,
    "cabinDoorRow2DriverSideWindowIsOpen": Signal.WINDOW_ROW2_DRIVER_SIDE_OPEN,
    "cabinDoorRow2PassengerSideWindowIsOpen": Signal.WINDOW_ROW2_PASSENGER_SIDE_OPEN,
    "powertrainTractionBatteryStateOfChargeCurrent": Signal.BATTERY_PERCENT,
    "powertrainRange": Signal.RANGE_KM,
    "powertrainFuelSystemRelativeLevel": Signal.FUEL_PERCENT,
    "powertrainTransmissionTravelledDistance": Signal.ODOMETER_KM,
    "speed": Signal.SPEED_KMH,
    "powertrainTractionBatteryChargingChargeLimit": Signal.CHARGE_LIMIT_PERCENT,
    "powertrainTractionBatteryChargingIsChargingCableConnected": Signal.CABLE_CONNECTED,
    "chassisAxleRow1WheelLeftTirePressure": Signal.TYRE_ROW1_LEFT_KPA,
    "chassisAxleRow1WheelRightTirePressure": Signal.TYRE_ROW1_RIGHT_KPA,
    "chassisAxleRow2WheelLeftTirePressure": Signal.TYRE_ROW2_LEFT_KPA,
    "chassisAxleRow2WheelRightTirePressure": Signal.TYRE_ROW2_RIGHT_KPA,
}

NAMES: Mapping[Signal, str] = {signal: name for name, signal in SIGNALS.items()}

_COMMAND_REASONS: Mapping[type[DimoError], Reason] = {
    SignInExpired: Reason.DIMO_REJECTED_ITS_OWN_TOKEN,
    NotPermitted: Reason.NOT_SHARED_FOR_COMMANDS,
    NotFound: Reason.CAR_TAKES_NO_COMMANDS,
    CannotDo: Reason.CAR_CANNOT_DO_THIS,
    TooFast: Reason.DIMO_TOO_BUSY,
    NotSent: Reason.DIMO_UNREACHABLE,
    NoAnswer: Reason.DIMO_UNREACHABLE,
    BadAnswer: Reason.DIMO_UNREACHABLE,
    ServiceTrouble: Reason.DIMO_TROUBLE,
}

_SERVICE_REASONS: Mapping[str, Mapping[type[DimoError], Reason]] = {
    Service.AUTH: {CannotDo: Reason.LICENSE_NOT_ACCEPTED, NotPermitted: Reason.LICENSE_NOT_ACCEPTED},
    Service.TOKEN_EXCHANGE: {SignInExpired: Reason.LICENSE_NOT_ACCEPTED, CannotDo: Reason.DIMO_REFUSED},
    Service.TELEMETRY: {NotPermitted: Reason.NOT_SHARED_FOR_READING, CannotDo: Reason.DIMO_REFUSED},
}


def reason_for(error: DimoError) -> Reason:
    """Return the reason of an error; the first class in the table that fits decides."""
    said = (error.dimo_said or "").lower()
    if error.unreachable:
        return Reason.DIMO_UNREACHABLE
    if isinstance(error, NotPermitted) and "subscription" in said:
        return Reason.SUBSCRIPTION_ENDED
    if isinstance(error, NotPermitted) and "not a dev license" in said:
        return Reason.LICENSE_NOT_ACCEPTED
    special = _SERVICE_REASONS.get(error.service, {})
    for kind, reason in _COMMAND_REASONS.items():
        if isinstance(error, kind):
            return special.get(kind, reason)
    return Reason.DIMO_REFUSED


_CODES_REASONS: Mapping[type[DimoError], Reason] = {
    NotFound: Reason.CODES_NOT_FOUND,
    CannotDo: Reason.DIMO_REFUSED,
    NoAnswer: Reason.DIMO_TOO_SLOW,
    NotSent: Reason.DIMO_TOO_SLOW,
}


def codes_reason_for(error: DimoError | Declined) -> Reason:
    """Return the reason why error codes were not taken, explained or cleared."""
    if isinstance(error, Declined):
        return error.reason
    reason = reason_for(error)
    if reason is Reason.NOT_SHARED_FOR_COMMANDS:
        return Reason.NOT_SHARED_FOR_READING
    if error.unreachable or error.service != Service.DEVICES:
        return reason
    return next((said for kind, said in _CODES_REASONS.items() if isinstance(error, kind)), reason)


def says_never(error: DimoError | None) -> bool:
    """Return whether DIMO says that the car can never do this, which other bad requests do not mean."""
    said = (error.dimo_said or "").lower() if error else ""
    return "not capable" in said or "not support" in said


def report_from(snapshot: Snapshot) -> CarReport:
    """Return the report in a telemetry snapshot, without unknown signals and values that are not numbers."""
    readings = {
        SIGNALS[name]: Reading(value=signal.number, at=signal.timestamp)
        for name, signal in snapshot.signals.items()
        if name in SIGNALS and signal.number is not None
    }
    return CarReport(readings=readings, last_seen=snapshot.last_seen, codes=_codes_from(snapshot))


def _codes_from(snapshot: Snapshot) -> CarCodes:
    listed, count = snapshot.signals.get("obdDTCList"), snapshot.signals.get("obdStatusDTCCount")
    return CarCodes(
        listed=None if listed is None else read_listed(listed.text),
        listed_at=None if listed is None else listed.timestamp,
        count=None if count is None or count.number is None else Reading(count.number, count.timestamp),
    )
