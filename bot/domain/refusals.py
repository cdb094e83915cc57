"""Every reason why the bot, DIMO or the car declines something."""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why something was not done."""

    # The bot's own, before anything is sent to DIMO.
    NO_CAR_HERE = "no_car_here"
    NO_CARS_SHARED = "no_cars_shared"
    WHICH_CAR = "which_car"
    CAR_GONE = "car_gone"
    NOT_ALLOWED = "not_allowed"
    WHERE_NOT_ALLOWED = "where_not_allowed"
    PRIVATE_CHAT_ONLY = "private_chat_only"
    NOT_A_PERSON = "not_a_person"
    FORWARDED = "forwarded"
    OF_ANOTHER_BOT = "of_another_bot"
    EDITED = "edited"
    COMMAND_TOO_OLD = "command_too_old"
    TOO_MANY_OPENINGS = "too_many_openings"
    TOO_MUCH = "too_much"
    PROMPT_GONE = "prompt_gone"
    LID_MOVED = "lid_moved"
    PROMPT_OF_ANOTHER = "prompt_of_another"
    PROMPT_ANSWERED = "prompt_answered"
    PROMPT_CANCELLED = "prompt_cancelled"
    PROMPT_EXPIRED = "prompt_expired"
    WAITED_TOO_LONG = "waited_too_long"
    HELD_UP = "held_up"
    RESTARTED_BEFORE_SENDING = "restarted_before_sending"
    FAILED_HERE = "failed_here"
    DISK_FULL = "disk_full"
    FAILED_BEFORE_SENDING = "failed_before_sending"
    BUTTON_OUT_OF_DATE = "button_out_of_date"
    ACCESS_ENDED = "access_ended"
    INVITATION_OVER = "invitation_over"
    MEMBER_ALREADY = "member_already"
    NO_SUCH_MEMBER = "no_such_member"
    NO_DATE = "no_date"
    NO_ZONE = "no_zone"
    LINK_QUESTION_OVER = "link_question_over"
    REQUEST_ANSWERED = "request_answered"
    COMMAND_UNDER_WAY = "command_under_way"
    SCHEDULE_GONE = "schedule_gone"
    NO_PLAN = "no_plan"
    NOTE_OVER = "note_over"
    CODES_GONE = "codes_gone"
    CODES_CHANGED = "codes_changed"

    # Between the bot and DIMO.
    NO_KEY_TO_DIMO = "no_key_to_dimo"
    LINK_ENDED = "link_ended"
    SHARE_ENDED = "share_ended"
    LICENSE_NOT_ACCEPTED = "license_not_accepted"
    DIMO_UNREACHABLE = "dimo_unreachable"
    DIMO_TROUBLE = "dimo_trouble"
    DIMO_TOO_BUSY = "dimo_too_busy"
    DIMO_TOO_SLOW = "dimo_too_slow"
    DIMO_TAKES_NO_COMMANDS = "dimo_takes_no_commands"
    DIMO_REJECTS_ITS_TOKENS = "dimo_rejects_its_tokens"
    DIMO_REJECTED_ITS_OWN_TOKEN = "dimo_rejected_its_own_token"  # noqa: S105 - a reason, not a secret

    # DIMO's about the car.
    NOT_SHARED_FOR_COMMANDS = "not_shared_for_commands"
    NOT_SHARED_FOR_READING = "not_shared_for_reading"
    SUBSCRIPTION_ENDED = "subscription_ended"
    CAR_CANNOT_DO_THIS = "car_cannot_do_this"
    CAR_TAKES_NO_COMMANDS = "car_takes_no_commands"
    DIMO_REFUSED = "dimo_refused"
    CODES_NOT_TAKEN = "codes_not_taken"
    CODES_NOT_FOUND = "codes_not_found"
    CODES_NOT_AT_DIMO = "codes_not_at_dimo"
    NEWER_CODES_AT_DIMO = "newer_codes_at_dimo"


PASSING = frozenset(
    {
        Reason.DIMO_UNREACHABLE,
        Reason.DIMO_TROUBLE,
        Reason.DIMO_TOO_BUSY,
        Reason.DIMO_TOO_SLOW,
        Reason.DIMO_REJECTED_ITS_OWN_TOKEN,
        Reason.TOO_MUCH,
    }
)
"""Faults that pass by themselves: what was done without a person is tried again soon, after others later."""

KNOWN_FAULTS: Mapping[Reason, str] = {
    Reason.DIMO_TAKES_NO_COMMANDS: "DIMO switched its command service off.",
    Reason.DIMO_REJECTS_ITS_TOKENS: "DIMO's command service does not accept DIMO's own tokens "
    "(known since its version 0.4.32).",
}
"""The faults of DIMO's that keep every command from every car."""
