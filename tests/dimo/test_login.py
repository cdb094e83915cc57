import string
from datetime import date
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dimo.login import Landing, login_url, read_landing, read_token
from bot.dimo.permissions import Permission
from tests.dimo.conftest import URLS
from tests.support.dimo_makers import CLIENT_ID, WALLET, a_jwt

BOTH = {Permission.NON_LOCATION_HISTORY, Permission.COMMANDS}

values = st.text(string.printable + "äß€\U0001f697", min_size=1).filter(str.strip)
words = st.text(string.ascii_letters + "., \n", max_size=40)
addresses = st.sampled_from(
    [
        "https://family.test/back",
        "http://localhost:3000/",
        "family.test/back",
        "app://back",
        "https://x.test/?a=b",
    ]
)


def a_link(**changes: str) -> str:
    facts = {"client_id": CLIENT_ID.lower(), "redirect_uri": "https://family.test/back?a=1&b=2", "state": "n0nce"}
    return login_url(URLS, **(facts | changes), until=date(2027, 3, 1), permissions=BOTH)


def test_the_link_is_the_one_that_dimo_documents() -> None:
    link = urlsplit(a_link())
    assert f"{link.scheme}://{link.netloc}{link.path}" == "https://login.test/"
    assert parse_qs(link.query, strict_parsing=True) == {
        "clientId": [CLIENT_ID],
        "redirectUri": ["https://family.test/back?a=1&b=2"],
        "entryState": ["VEHICLE_MANAGER"],
        "permissions": ["11"],
        "expirationDate": ["2027-03-01"],
        "onboarding": ["tesla"],
        "utm": ["state=n0nce"],
    }


def test_the_state_travels_percent_encoded_inside_utm() -> None:
    assert "utm=state%3Dn0nce" in a_link()


@given(redirect=values, state=st.text(string.ascii_letters + string.digits + "-_", min_size=1))
def test_every_redirect_uri_and_state_arrive_as_they_are(redirect: str, state: str) -> None:
    fields = parse_qs(urlsplit(a_link(redirect_uri=redirect, state=state)).query, keep_blank_values=True)
    assert fields["redirectUri"] == [redirect]
    assert fields["utm"] == [f"state={state}"]


@given(before=words, address=addresses, mark=st.sampled_from("?#"), after=words, state=values, error=values)
def test_landing_is_found_anywhere_in_a_text(
    before: str, address: str, mark: str, after: str, state: str, error: str
) -> None:
    mark = "&" if "?" in address and mark == "?" else mark
    pairs = {"token": a_jwt(), "state": state, "error": error, "walletAddress": WALLET}
    text = f"{before} {address}{mark}{urlencode(pairs)} {after}"
    assert read_landing(text) == Landing(a_jwt(), state, error)


@given(st.text())
def test_reading_any_text_never_fails(text: str) -> None:
    read_landing(text)
    read_landing(f"https://x.test/?token={text}&utm={text}#{text}")


@given(st.text(string.ascii_letters + string.digits + " /:?#=&%.", max_size=60))
def test_text_without_token_and_error_is_no_landing(text: str) -> None:
    if "token" not in text and "error" not in text:
        assert read_landing(text) is None


@pytest.mark.parametrize("text", ["", "hello", "https://family.test/back", "/start join_x", a_jwt(), "?token="])
def test_other_messages_are_no_landing(text: str) -> None:
    assert read_landing(text) is None


@pytest.mark.parametrize("wrapped", ["<{}>", "({})", '"{}"', "[{}]"])
def test_brackets_around_an_address_are_not_part_of_it(wrapped: str) -> None:
    landing = read_landing(wrapped.format(f"https://x.test/?state=s&token={a_jwt()}"))
    assert landing == Landing(a_jwt(), "s", None)


STATE = "n0nce-n0nce-n0nce-n0nc"
WHOLE = f"https://x.test/back?token={a_jwt()}&walletAddress={WALLET}&state={STATE}"


@pytest.mark.parametrize(
    "sent",
    [
        WHOLE,
        WHOLE.replace("&", "&amp;"),
        WHOLE.replace("&", "&amp;amp;"),
        quote(WHOLE, safe=""),
        quote(quote(WHOLE, safe=""), safe=""),
        f"<{WHOLE}>",
        f"“{WHOLE}”",
        f"Here: {WHOLE}. Thanks",
        "\n".join(WHOLE[at : at + 60] for at in range(0, len(WHOLE), 60)),
        " ".join(WHOLE[at : at + 7] for at in range(0, len(WHOLE), 7)),
        f"is it this? {WHOLE[:90]}\n{WHOLE[90:]} thank you",
        "\u200b".join(WHOLE),
        f"{WHOLE[:120]}… {WHOLE}",
        f"x.test\n{WHOLE}",
        f"https://t.me/share/url?url={quote(WHOLE, safe='')}",
        f"[this page]({WHOLE})",
        f'<a href="{WHOLE.replace("&", "&amp;")}">here</a>',
        f"<string>{WHOLE}</string>",
        f'{{"url": "{WHOLE}"}}'.replace("/", "\\/").replace("&", "\\u0026"),
    ],
    ids=lambda sent: repr(sent[:24]),
)
def test_a_whole_address_is_read_however_it_was_sent(sent: str) -> None:
    landing = read_landing(sent)
    assert landing == Landing(a_jwt(), STATE, None)
    assert landing.is_whole


@pytest.mark.parametrize("end", [-1, -21, -23, -90, len(WHOLE) // 2, 60])
def test_an_address_that_is_cut_off_is_not_whole(end: int) -> None:
    landing = read_landing(WHOLE[:end])
    assert landing is not None
    assert not landing.is_whole


@pytest.mark.parametrize("at", [30, 60, 100, 400])
def test_an_address_whose_token_is_cut_off_is_not_whole(at: int) -> None:
    landing = read_landing(f"https://x.test/back?state={STATE}&token={a_jwt()[:at]}")
    assert landing is not None
    assert landing.has_whole_state
    assert not landing.is_whole


@pytest.mark.parametrize(
    "sent", [a_jwt(), f"Bearer {a_jwt()}", f"<{a_jwt()}>", f"mine: {a_jwt()[:99]}\n{a_jwt()[99:]}", f"my {a_jwt()}."]
)
def test_a_token_is_read_however_it_was_sent(sent: str) -> None:
    assert read_token(sent) == a_jwt()


@pytest.mark.parametrize("sent", ["", "hello", a_jwt()[:60], "0x" + "1" * 64])
def test_text_without_a_token_is_none(sent: str) -> None:
    assert read_token(sent) is None


def test_the_first_of_two_tokens_counts() -> None:
    landing = read_landing(f"https://x.test/?token={a_jwt()}&state=a&token=eyJx&state=b#token=eyJy")
    assert landing == Landing(a_jwt(), "a", None)


def test_a_state_that_comes_back_inside_utm_is_found() -> None:
    landing = read_landing(f"https://x.test/?token={a_jwt()}&utm={quote('state=n0nce')}")
    assert landing is not None
    assert landing.state == "n0nce"


def test_a_refusal_brings_its_words() -> None:
    assert read_landing("https://x.test/?error=User+said%20no&state=s") == Landing(None, "s", "User said no")


def test_repr_of_a_landing_hides_its_content() -> None:
    landing = Landing(a_jwt(), "n0nce", None)
    assert repr(landing) == "<Landing with token, state>"
