"""The newest panel of each chat: the message that shows the state and the buttons of a car."""

from dataclasses import asdict

from sqlalchemy import bindparam, delete, exists, select

from storage.engine import locks
from storage.engine.database import Tx
from storage.engine.upserts import insert_or_replace
from storage.records import Panel
from storage.tables import HOMES, PANELS

_COLUMNS = PANELS.c
_OF_CHAT = _COLUMNS.chat_id == bindparam("this_chat")
_GET = select(PANELS).where(_OF_CHAT)
_OF_CAR = select(PANELS).where(_COLUMNS.car_id == bindparam("this_car")).order_by(_COLUMNS.chat_id)
_OF_HOME = select(PANELS).where(_COLUMNS.home_chat_id == bindparam("this_home")).order_by(_COLUMNS.chat_id)
_WITHOUT_HOME = select(PANELS).where(~exists().where(HOMES.c.chat_id == _COLUMNS.home_chat_id))
_DROP = delete(PANELS).where(_OF_CHAT, _COLUMNS.message_id == bindparam("this_message"))


def put(tx: Tx, panel: Panel) -> Panel | None:
    """Store the panel of a chat, unless a newer message is its panel; returns the older one of the two, if any.

    Of a chat's messages the newer ones have greater ids.
    """
    locks.hold(tx, f"panel:{panel.chat_id}")
    before = get(tx, panel.chat_id)
    if before is not None and before.message_id > panel.message_id:
        return panel
    tx.change(insert_or_replace(PANELS, tx.dialect), asdict(panel))
    return None if before is None or before.message_id == panel.message_id else before


def get(tx: Tx, chat_id: int) -> Panel | None:
    """Return the panel of a chat, or None if it has none."""
    row = tx.one(_GET, {"this_chat": chat_id})
    return None if row is None else Panel(**row)


def of_car(tx: Tx, car_id: int) -> list[Panel]:
    """Return the panels that show a car."""
    return [Panel(**row) for row in tx.all(_OF_CAR, {"this_car": car_id})]


def of_home(tx: Tx, home_chat_id: int) -> list[Panel]:
    """Return the panels that show a car of a home."""
    return [Panel(**row) for row in tx.all(_OF_HOME, {"this_home": home_chat_id})]


def without_home(tx: Tx) -> list[Panel]:
    """Return the panels whose home is not linked any more."""
    return [Panel(**row) for row in tx.all(_WITHOUT_HOME)]


def drop(tx: Tx, panel: Panel) -> bool:
    """Forget a panel; False if another message has become the chat's panel."""
    return tx.change(_DROP, {"this_chat": panel.chat_id, "this_message": panel.message_id}) == 1
