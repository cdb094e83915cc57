"""Checks reply markups as the Bot API does."""

from collections.abc import Mapping

from bot.demo.telegram.errors import Misuse
from bot.demo.telegram.text import link_fault
from bot.demo.telegram.users import Json

_DATA_BYTES = 64
_MOST_BUTTONS = 100
_STYLES = frozenset({"danger", "success", "primary"})
_BUTTON_KINDS = frozenset(
    {
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    }
)
_BUTTON_FIELDS = _BUTTON_KINDS | {"text", "icon_custom_emoji_id", "style"}
_MARKUPS: Mapping[str, frozenset[str]] = {
    "inline_keyboard": frozenset({"inline_keyboard"}),
    "keyboard": frozenset(
        {
            "keyboard",
            "is_persistent",
            "resize_keyboard",
            "one_time_keyboard",
            "input_field_placeholder",
            "selective",
        }
    ),
    "remove_keyboard": frozenset({"remove_keyboard", "selective"}),
    "force_reply": frozenset({"force_reply", "input_field_placeholder", "selective"}),
}


def check_markup(markup: Json | None, *, is_private: bool) -> None:
    """Raise the Bot API's error for an invalid reply markup."""
    if markup is None:
        return
    kind = next((kind for kind in _MARKUPS if kind in markup), None)
    if kind is None or set(markup) - _MARKUPS[kind]:
        raise Misuse(f"unknown fields in the reply markup: {sorted(markup)}")
    if kind == "inline_keyboard":
        _check_rows(markup["inline_keyboard"], is_private=is_private)


def inline_keyboard(markup: Json | None, *, is_private: bool) -> Json | None:
    """Return the inline keyboard of an edit, None if it is empty; an edit allows no other markup."""
    check_markup(markup, is_private=is_private)
    if markup is not None and "inline_keyboard" not in markup:
        raise Misuse("inline keyboard expected")
    return markup if markup and any(markup["inline_keyboard"]) else None


def _check_rows(rows: object, *, is_private: bool) -> None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Misuse('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    buttons = [button for row in rows for button in row]
    if len(buttons) > _MOST_BUTTONS:
        raise Misuse("reply markup is too long")
    for button in buttons:
        _check_button(button, is_private=is_private)


def _check_button(button: object, *, is_private: bool) -> None:
    if not isinstance(button, dict):
        raise _unreadable("InlineKeyboardButton must be an Object")
    button.pop("hide", None)  # telegraf sends this field of its own with every button; Telegram ignores it
    if unknown := set(button) - _BUTTON_FIELDS:
        raise _unreadable(f"unknown fields {sorted(unknown)}")
    label = button.get("text")
    if not isinstance(label, str):
        raise _unreadable('Can\'t find field "text"')
    if not label.strip():
        raise Misuse("inline keyboard button text must be non-empty")
    if "style" in button and button["style"] not in _STYLES:
        raise _unreadable("invalid button style specified")
    kinds = _BUTTON_KINDS & {name for name, value in button.items() if value}
    if not kinds:
        raise _unreadable("Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise _unreadable(f"exactly one of {sorted(kinds)} must be used")
    _check_target(button, is_private=is_private)


def _check_target(button: Json, *, is_private: bool) -> None:
    """Check the data or the address of a button."""
    data = button.get("callback_data")
    if data is not None and not (isinstance(data, str) and len(data.encode()) <= _DATA_BYTES):
        raise Misuse("BUTTON_DATA_INVALID")
    if (url := button.get("url")) and (fault := link_fault(url)):
        raise Misuse(f"inline keyboard button URL '{url}' is invalid: {fault}")
    if "web_app" in button and not is_private:
        raise Misuse("BUTTON_TYPE_INVALID")


def _unreadable(what: str) -> Misuse:
    return Misuse(f"can't parse inline keyboard button: {what}")
