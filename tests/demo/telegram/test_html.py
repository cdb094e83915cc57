import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.telegram.errors import Misuse
from bot.demo.telegram.http.html import parse_html
from bot.demo.telegram.text import Entity, found_entities, link_fault, trimmed


def entity(kind: str, offset: int, length: int, **more: object) -> Entity:
    return {"type": kind, "offset": offset, "length": length} | more


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>Locked</b>", "Locked", [entity("bold", 0, 6)]),
        ("<STRONG>x</STRONG>", "x", [entity("bold", 0, 1)]),
        ("😀 <i>x</i>", "😀 x", [entity("italic", 3, 1)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ("<b></b>x", "x", []),
        ("<b>x</>", "x", [entity("bold", 0, 1)]),
        ("a &lt;b&gt; &amp;&quot;&#39;&#x41;", "a <b> &\"'A", []),
        ("&nbsp; & &#0;", "&nbsp; & &#0;", []),
        (
            "<u>a</u><s>b</s><del>c</del>",
            "abc",
            [
                entity("underline", 0, 1),
                entity("strikethrough", 1, 1),
                entity("strikethrough", 2, 1),
            ],
        ),
        ('<span class="tg-spoiler">x</span>', "x", [entity("spoiler", 0, 1)]),
        (
            '<a href="https://x.org/?a=1&amp;b=2">x</a>',
            "x",
            [
                entity("text_link", 0, 1, url="https://x.org/?a=1&b=2"),
            ],
        ),
        (
            "<a href='tg://user?id=42'>Ann</a>",
            "Ann",
            [
                entity("text_mention", 0, 3, user={"id": 42, "is_bot": False, "first_name": ""}),
            ],
        ),
        ("<a>https://x.org</a>", "https://x.org", [entity("text_link", 0, 13, url="https://x.org")]),
        ('<a href="nowhere">x</a>', "x", []),
        ("<code>0x1</code>", "0x1", [entity("code", 0, 3)]),
        ('<pre><code class="language-sh">ls</code></pre>', "ls", [entity("pre", 0, 2, language="sh")]),
        ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
        ("<blockquote>x</blockquote>", "x", [entity("blockquote", 0, 1)]),
        (
            '<tg-emoji emoji-id="5368">👍</tg-emoji>',
            "👍",
            [
                entity("custom_emoji", 0, 2, custom_emoji_id="5368"),
            ],
        ),
        (
            '<tg-time unix="1647531900" format="wDT">x</tg-time>',
            "x",
            [
                entity("date_time", 0, 1, unix_time=1647531900, date_time_format="wDT"),
            ],
        ),
    ],
)
def test_text_and_entities_are_read_as_by_telegram(source: str, text: str, entities: list[Entity]) -> None:
    assert parse_html(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "description"),
    [
        ("a<br>b", 'Unsupported start tag "br" at byte offset 1'),
        ("é<br/>", 'Unsupported start tag "br/" at byte offset 2'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b />", 'Empty attribute name in the tag "b" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">y</tg-emoji>', "Invalid custom emoji identifier specified"),
        (
            "&#xD800;",
            (
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            ),
        ),
    ],
)
def test_mistake_is_refused_in_telegrams_words(source: str, description: str) -> None:
    with pytest.raises(Misuse) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {description}"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_escaped_text_is_shown_unchanged(text: str) -> None:
    assert parse_html(html.escape(text)) == (text, [])


@given(st.text(alphabet="<>/ab=\"' &;é"))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        text, entities = parse_html(source)
    except Misuse:
        return
    assert all(0 <= e["offset"] < e["offset"] + e["length"] <= len(text) for e in entities)


def test_commands_addresses_and_mentions_are_found() -> None:
    text = "😀 /lock@dimo_family_bot or https://x.org/a. Ask @ann_b, a@b.org #car, not 1/2"
    assert [(e["type"], e["offset"], e["length"]) for e in found_entities(text)] == [
        ("bot_command", 3, 21),
        ("url", 28, 15),
        ("mention", 49, 6),
        ("email", 57, 7),
        ("hashtag", 65, 4),
    ]


def test_nothing_is_found_inside_code() -> None:
    assert found_entities("/lock", [entity("code", 0, 5)]) == []


def test_trimming_moves_and_cuts_entities() -> None:
    assert trimmed(" \n ab  ", [entity("bold", 0, 7), entity("italic", 5, 2)]) == (
        "ab",
        [entity("bold", 0, 2)],
    )


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("https://login.dimo.org/?a=b", None),
        ("http://127.0.0.1:8080/x", None),
        ("tg://user?id=1", None),
        ("dimo.org", None),
        ("http://localhost:8080", "Wrong HTTP URL"),
        ("ftp://x.org", "Unsupported URL protocol"),
        ("https://", "URL host is empty"),
        ("https://x.org:99999", "Wrong port number specified in the URL"),
    ],
)
def test_links_are_checked_as_by_telegram(link: str, fault: str | None) -> None:
    assert link_fault(link) == fault
