"""DIMO's explanations come from a language model: each is shown unchanged beside its code."""

from collections.abc import Mapping

from bot.demo.dimo.faults import answer, status
from tests.support.codes import WAITING, asked, at_dimo, explained, has_arrived, held
from tests.support.world import Family


async def test_an_explanation_comes_into_the_message_that_waits_for_it(family: Family) -> None:
    message, gate = await held(family, "P0301 U0100-87")
    assert "P0301 – Cylinder 1 misfire" in message.text
    family.dimo.explanations |= {"P0301": "Worn <b>plug</b> & coil.", "U0100-87": "The bus is silent."}
    gate.set()
    await message.becomes("Worn <b>plug</b> & coil.")
    assert "The bus is silent." in message.text
    assert WAITING not in message.text
    assert message.edits == 1
    assert at_dimo(family) == [["P0301", "U0100-87"]]


async def test_codes_that_dimo_does_not_take_stay_here_and_can_be_cleared_here(family: Family) -> None:
    """DIMO has nothing to clear then, and gets no request."""
    family.dimo.fail("devices", "submit_codes", status(400, 'Invalid error code "P0301".'))
    message = await explained(family, "P0301")
    assert "DIMO does not take these codes. They stay in my own record." in message.text
    assert not any("Send again" in label for label in message.labels)
    question = await family.says("/clearcodes", "as cleared?")
    await family.taps(question, "Clear")
    await question.becomes("Cleared by Dad")
    assert "DIMO does not take these codes." in question.text
    await family.settles()
    assert has_arrived(family, "clear_codes", "clear_vehicle_codes") == 0


async def test_codes_that_dimo_leaves_out_keep_what_the_bot_knows(family: Family) -> None:
    """The bot does not ask DIMO again without a tap, because DIMO has answered."""
    await _is_answered(family, {"P0301": "Worn plug.", "P0420": "  "})
    message = await asked(family, "P0301 P0420 C0035")
    await message.becomes("Worn plug.")
    for code in ("P0301 –", "P0420 –", "C0035 –"):
        assert code in message.text
    assert WAITING not in message.text
    await family.settles()
    assert has_arrived(family) == 1


async def test_what_dimo_explained_before_is_shown_while_it_is_waited_for(family: Family) -> None:
    family.dimo.explanations["P0301"] = "Worn plug."
    await explained(family, "P0301")
    message, gate = await held(family, "P0301 P0420")
    assert "Worn plug." in message.text
    assert "explained earlier" in message.text
    family.dimo.explanations["P0301"] = "Worn coil."
    gate.set()
    await message.becomes("Worn coil.")
    assert "explained earlier" not in message.text


async def _is_answered(family: Family, explanations: Mapping[str, str]) -> None:
    codes = [{"code": code, "description": text} for code, text in explanations.items()]
    family.dimo.fail("devices", "submit_codes", answer(200, {"errorCodes": codes, "clearedAt": None}))
