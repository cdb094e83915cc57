"""The first words of the bot are for family members: most people who open it do not own the car."""

from tests.support.people import joins
from tests.support.world import Family


async def test_a_stranger_is_sent_to_their_family_before_a_sign_in_is_offered(family: Family) -> None:
    gran = family.telegram.add_person("Gran")
    for command in ("/start", "/start hello"):
        said = await family.says(command, "Ask them for an invitation.", person=gran)
        assert said.text.index("Somebody in your family uses me?") < said.text.index("Is it your own car?")
        assert said.labels == ["🔑 Link"]
    refused = await family.says("/unlock", "There is no car here for you.", person=gran)
    assert "Next: ask your family for an invitation" in refused.text


async def test_who_has_a_car_gets_its_panel(family: Family) -> None:
    gran = await joins(family, "Gran")
    for person in (family.dad, gran):
        await family.says("/start", "🚗 Bluey", person=person)
