"""The lines about the settings of DIMO's license."""

from bot.demo.dimo import faults as dimo_faults
from tests.support.checkups import CAR_LINES, LICENSE, LICENSE_LINES, PATHS, check
from tests.support.world import Family


async def test_without_a_license_its_lines_say_so_and_the_rest_is_well(family: Family) -> None:
    told = await check(family, **dict.fromkeys(LICENSE, ""))
    assert told.is_well
    assert told.levels(*LICENSE_LINES, *CAR_LINES) == {"warn"}
    assert told.levels(*PATHS.values()) == {"ok"}


async def test_the_keys_address_is_shown_and_need_not_be_the_client_id(family: Family) -> None:
    line = (await check(family)).line("DIMO_API_KEY")
    assert line == f"ok   DIMO_API_KEY: it signs for the license, as {family.license.signer().lower()}."
    assert family.license.signer().lower() != family.license.client_id.lower()


async def test_an_unknown_client_id_fails(family: Family) -> None:
    told = await check(family, DIMO_CLIENT_ID="0x" + "12" * 20)
    assert told.failed == [told.line("DIMO_CLIENT_ID"), told.line("License sign-in")]
    assert "DIMO_ENVIRONMENT" in told.line("DIMO_CLIENT_ID")
    assert told.levels("DIMO_REDIRECT_URI", "DIMO_API_KEY") == {"warn"}


async def test_the_keys_own_address_as_client_id_is_recognised(family: Family) -> None:
    told = await check(family, DIMO_CLIENT_ID=family.license.signer())
    assert "it is the address of the API key" in told.line("DIMO_CLIENT_ID")


async def test_an_unregistered_redirect_uri_fails_and_the_registered_one_is_shown(family: Family) -> None:
    registered = family.environ["DIMO_REDIRECT_URI"]
    told = await check(family, DIMO_REDIRECT_URI=f"{registered}/")
    assert told.failed == [told.line("DIMO_REDIRECT_URI"), told.line("License sign-in")]
    assert f"Registered: {registered}." in told.line("DIMO_REDIRECT_URI")
    assert told.level("DIMO_API_KEY") == "warn"


async def test_a_key_that_is_no_signer_of_the_license_fails(family: Family) -> None:
    stranger = family.dimo.add_license()
    told = await check(family, DIMO_API_KEY=stranger.api_key)
    assert told.failed == [told.line("DIMO_API_KEY"), told.line("License sign-in")]
    assert f"{stranger.signer().lower()} is no signer" in told.line("DIMO_API_KEY")


async def test_a_number_that_is_no_private_key_fails(family: Family) -> None:
    """Zero has 64 digits like any key, but no address."""
    told = await check(family, DIMO_API_KEY="0" * 64)
    assert told.failed == [told.line("DIMO_API_KEY"), told.line("License sign-in")]
    assert "is not a private key" in told.line("DIMO_API_KEY")
    assert told.level("Token for a car") == "warn"


async def test_a_client_id_in_lower_case_signs_in(family: Family) -> None:
    """DIMO compares client ids case-sensitively; the setting may be written in either case."""
    told = await check(family, DIMO_CLIENT_ID=family.license.client_id.lower())
    assert told.is_well


async def test_trouble_at_the_sign_in_does_not_blame_the_key(family: Family) -> None:
    family.dimo.fail("auth", "submit_challenge", dimo_faults.status(503, "later"), times=None)
    told = await check(family)
    assert told.failed == [told.line("License sign-in")]
    assert "(503)" in told.line("License sign-in")
    assert told.levels("DIMO_API_KEY", "Token for a car") == {"warn"}


async def test_a_license_that_dimo_refuses_with_a_page_is_called_that(family: Family) -> None:
    family.dimo.fail("auth", "generate_challenge", dimo_faults.html(404))
    told = await check(family)
    assert "does not accept the license" in told.line("License sign-in")
    assert "not reachable" not in told.line("License sign-in")
