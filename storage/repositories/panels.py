"""The newest panel of each chat: the message that shows the state and the buttons of a car."""

from dataclasses import asdict

from sqlalchemy import bindparam, delete, select

from storage.engine.database import Tx
from storage.engine.upserts import insert_or_replace
from storage.records import Panel
from storage.tables import PANELS

_COLUMNS = PANELS.c
_OF_CHAT = _COLUMNS.chat_id == bindparam("this_chat")
_GET = select(PANELS).where(_OF_CHAT)
_OF_CAR = select(PANELS).where(_COLUMNS.car_id == bindparam("this_car")).order_by(_COLUMNS.chat_id)
_DROP = delete(PANELS).where(_OF_CHAT, _COLUMNS.message_id == bindparam("this_message"))


def put(tx: Tx, panel: Panel) -> None:
    """Store the panel of a chat, in place of an earlier one."""
    tx.change(insert_or_replace(PANELS, tx.dialect), asdict(panel))


def get(tx: Tx, chat_id: int) -> Panel | None:
    """Return the panel of a chat, or None if it has none."""
    row = tx.one(_GET, {"this_chat": chat_id})
    return None if row is None else Panel(**row)


def of_car(tx: Tx, car_id: int) -> list[Panel]:
    """Return the panels that show a car."""
    return [Panel(**row) for row in tx.all(_OF_CAR, {"this_car": car_id})]


def drop(tx: Tx, panel: Panel) -> bool:
    """Forget a panel; False if another message has become the chat's panel."""
    return tx.change(_DROP, {"this_chat": panel.chat_id, "this_message": panel.message_id}) == 1
