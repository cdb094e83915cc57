from collections.abc import Iterable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.demo.telegram.http.html import parse_html
from bot.demo.telegram.text import utf16_length
from bot.telegram.texts.formatting import passage
from bot.telegram.ui import paging
from bot.telegram.ui.paging import MOST_BLOCKS, ROOM, Block, pages
from tests.support.screens import marked, visible

MOST_ENTITIES = 100
LONGEST_NAME = 40
"""Characters of a name, which may be two UTF-16 units each."""

often = settings(max_examples=25, deadline=None)
characters = st.characters(categories=["L", "M", "N", "P", "S", "Z", "Cf", "Co", "Cn", "Cc"])
awkward = st.sampled_from(["<b>", "&lt;", "😀", "\u0301", "\n\n\n", "  ", "http://x.yz/?a=b&c", "/lock", "𝔸" * 9])
anything = st.lists(st.text(characters, max_size=20) | awkward, max_size=12).map("".join)
long_ones = st.tuples(anything, st.integers(1, 80)).map(lambda it: it[0] * it[1])
codes = st.from_regex(r"[PCBU][0-3][0-9A-F]{3}", fullmatch=True)
names = st.text(characters, min_size=1, max_size=LONGEST_NAME)
blocks = st.lists(st.builds(Block, names, anything, anything | long_ones), max_size=8)


def all_quoted(shown: Iterable[str]) -> str:
    """Return the quoted texts of all pages."""
    return "\n".join(quote for page in shown for quote in marked(page, "blockquote"))


@often
@given(blocks)
@example([Block("𝔸" * LONGEST_NAME, "𝔸" * 200, "𝔸" * 5000)])
@example([Block("<&>" * 13, "&" * 500, "<" * 20_000)])
@example([Block("P0106", "", "x")] * 300)
def test_telegram_accepts_every_page_of_any_blocks(given_blocks: list[Block]) -> None:
    for page in pages(given_blocks):
        text, entities = parse_html(page)
        assert 0 < utf16_length(text) <= ROOM
        assert len(entities) <= MOST_ENTITIES


@often
@given(blocks)
@example([Block("P0106", "", "word " * 3000)])
@example([Block("P0106", "", "a" * 7000 + " " * 3000 + "b" * 7000)])
@example([Block("P0106", "", "é" * 1500 + "\n" + "😀" * 1500)])
def test_every_character_of_every_body_is_on_some_page_in_order(given_blocks: list[Block]) -> None:
    bodies = "".join(visible(block.body) for block in given_blocks)
    assert visible(all_quoted(pages(given_blocks))) == bodies


@often
@given(st.lists(st.builds(Block, codes, anything, anything | long_ones), unique_by=lambda it: it.name, max_size=12))
def test_every_block_is_named_in_order(given_blocks: list[Block]) -> None:
    named = [name for page in pages(given_blocks) for name in marked(page, "bold")]
    assert list(dict.fromkeys(named)) == [block.name for block in given_blocks]


def test_no_blocks_make_no_page() -> None:
    assert pages([]) == []


def test_short_blocks_share_a_page() -> None:
    page = pages([Block("P0106", "pressure sensor", "Look at the hose."), Block("P0300", "misfire")])
    assert page == [
        "<b>P0106</b> – pressure sensor\n<blockquote>Look at the hose.</blockquote>\n<b>P0300</b> – misfire"
    ]


def test_a_long_body_is_folded_and_a_short_one_is_not() -> None:
    (page,) = pages([Block("P0106", "", "short"), Block("P0107", "", "long " * 100)])
    kinds = [one["type"] for one in parse_html(page)[1] if one["type"] != "bold"]
    assert kinds == ["blockquote", "expandable_blockquote"]


def test_a_body_that_is_too_long_for_a_page_continues_under_its_name() -> None:
    first, *others = pages([Block("P0106", "pressure sensor", "word " * 1500)])
    assert first.startswith("<b>P0106</b> – pressure sensor\n")
    assert len(others) >= 2
    assert all(page.startswith("<b>P0106</b> – (continued)\n") for page in others)


def test_a_body_is_cut_between_words_if_it_has_several() -> None:
    body = " ".join(f"word{number}" for number in range(1000))
    assert all_quoted(pages([Block("P0106", "", body)])).split() == body.split()


def test_a_page_has_no_more_blocks_than_telegram_formats() -> None:
    shown = pages([Block("P0106", "", "x")] * (MOST_BLOCKS + 1))
    assert [page.count("<blockquote>") for page in shown] == [MOST_BLOCKS, 1]


@often
@given(anything | st.text(st.characters(categories=["C", "Z"])))
def test_a_passage_keeps_every_character_that_can_be_shown(text: str) -> None:
    kept = passage(text)
    assert visible(kept) == visible(text)
    assert paging.utf16_length(kept) == utf16_length(kept)  # it can be sent: there is no half of a character
    assert kept == kept.strip()
    assert "\n\n\n" not in kept
