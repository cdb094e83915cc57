"""Time zones as people name them: by the city in or near which they live."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bot import lengths

COMMON_ZONES = (
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Istanbul",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
)
LIKELIEST_ZONES = ("America/Los_Angeles", "America/New_York", "Europe/London", "Europe/Berlin")
"""Where most cars of DIMO's are."""

MOST_SUGGESTED = 6

_OTHER_PLACES: Mapping[str, str] = {
    "America/Los_Angeles": "San Francisco, San Diego, San Jose, Sacramento, Seattle, Portland, Las Vegas, California",
    "America/Denver": "Salt Lake City, Albuquerque, Colorado",
    "America/Chicago": "Houston, Dallas, Austin, San Antonio, Minneapolis, New Orleans, St. Louis, Texas",
    "America/New_York": "Boston, Philadelphia, Washington, Atlanta, Miami, Orlando, Pittsburgh, Florida",
    "America/Toronto": "Ottawa, Quebec",
    "America/Sao_Paulo": "Rio de Janeiro, Brasilia",
    "Europe/London": "Manchester, Birmingham, Liverpool, Leeds, Bristol, Glasgow, Edinburgh, England, Scotland, UK",
    "Europe/Berlin": "Munich, München, Hamburg, Frankfurt, Cologne, Köln, Stuttgart, Düsseldorf, Leipzig, Germany",
    "Europe/Vienna": "Wien, Graz, Linz, Salzburg, Austria",
    "Europe/Zurich": "Geneva, Basel, Bern, Lausanne, Switzerland",
    "Europe/Paris": "Lyon, Marseille, Toulouse, Nice, Bordeaux, Lille, France",
    "Europe/Madrid": "Barcelona, Valencia, Seville, Malaga, Spain",
    "Europe/Rome": "Milan, Naples, Turin, Florence, Italy",
    "Europe/Amsterdam": "Rotterdam, The Hague, Utrecht, Eindhoven, Netherlands",
    "Europe/Brussels": "Antwerp, Ghent, Belgium",
    "Europe/Lisbon": "Porto",
    "Europe/Warsaw": "Krakow, Gdansk, Wroclaw",
    "Europe/Prague": "Brno, Czechia",
    "Europe/Stockholm": "Gothenburg, Malmö, Sweden",
    "Europe/Oslo": "Bergen, Trondheim, Norway",
    "Europe/Copenhagen": "Aarhus, Denmark",
    "Europe/Helsinki": "Tampere, Turku, Finland",
    "Europe/Kiev": "Kyiv, Lviv, Odesa",
    "Europe/Istanbul": "Ankara, Izmir",
    "Asia/Dubai": "Abu Dhabi",
    "Asia/Kolkata": "Mumbai, Delhi, New Delhi, Bangalore, Bengaluru, Chennai, Hyderabad, India",
    "Asia/Shanghai": "Beijing, Shenzhen, Guangzhou, China",
    "Asia/Tokyo": "Osaka, Kyoto",
    "Pacific/Auckland": "Wellington, Christchurch, New Zealand",
}
"""Big cities that no zone is named after, and countries with one zone."""

_ABBREVIATIONS: Mapping[str, tuple[str, ...]] = {
    "gmt": ("Europe/London", "UTC"),
    **dict.fromkeys(("et", "est", "edt"), ("America/New_York",)),
    **dict.fromkeys(("ct", "cst", "cdt"), ("America/Chicago",)),
    **dict.fromkeys(("mt", "mst", "mdt"), ("America/Denver", "America/Phoenix")),
    **dict.fromkeys(("pt", "pst", "pdt"), ("America/Los_Angeles",)),
    "hst": ("Pacific/Honolulu",),
}
"""Abbreviations of zones that change their clocks; in the time zone database some name a zone that never does."""

_NO_PLACE = re.compile(r"Etc/.*|[A-Z]{3}(\d[A-Z]{3})?|GMT.?0|Factory|localtime|U?CT|Universal|Zulu")
_ZONES_WITHOUT_PLACE = frozenset({"UTC", "CET", "EET", "WET", "MET", "ROC", "ROK", "PRC"})


@dataclass(frozen=True, slots=True)
class Found:
    """The zone that a text names, or else zones that it may mean."""

    zone: str | None = None
    maybe: tuple[str, ...] = ()


def place_of(zone: str) -> str:
    """Return the city after which a zone is named: "New York"."""
    return zone.rpartition("/")[2].replace("_", " ")


def find_zone(text: str, known: Collection[str]) -> Found:
    """Find the zone that a person means: a city, or a zone's name, in any spelling.

    `known` are the names of the machine's zones. Abbreviations and similar names are only returned as maybe.
    """
    wanted = _normalized(text[: lengths.PLACE])
    zones = sorted((zone for zone in known if _is_place(zone)), key=lambda zone: (zone.count("/"), zone))
    maybe: Iterable[str] = [zone for zone in _ABBREVIATIONS.get(wanted, ()) if zone in zones]
    if wanted not in _ABBREVIATIONS:
        by_name = _by_name(zones)
        exact = by_name.get(wanted, ())
        if len(exact) == 1:
            return Found(exact[0])
        maybe = exact or _similar(wanted, by_name)
    return Found(maybe=tuple(dict.fromkeys(maybe))[:MOST_SUGGESTED])


def _is_place(zone: str) -> bool:
    return zone in _ZONES_WITHOUT_PLACE or not _NO_PLACE.fullmatch(zone)


def _by_name(zones: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Map to each zone its whole name, its city, and the other cities in it."""
    named: dict[str, tuple[str, ...]] = {}
    for zone in zones:
        named.setdefault(_normalized(place_of(zone)), (zone,))
    named |= {_normalized(zone): (zone,) for zone in zones}
    for zone, places in _OTHER_PLACES.items():
        for place in places.split(", ") if zone in zones else ():
            named.setdefault(_normalized(place), (zone,))
    # Australia and Brazil each have a zone West, so the name alone is ambiguous.
    named["west"] = tuple(zone for zone in zones if place_of(zone) == "West")
    return named


def _similar(wanted: str, by_name: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Find zones whose names begin with this, then those that contain it, then those spelt almost like it."""
    if len(wanted) < 2:
        return ()
    begin = [name for name in by_name if name.startswith(wanted) or wanted.startswith(f"{name} ")]
    contain = [name for name in by_name if f" {wanted}" in name.replace("/", " ")]
    spelt = [] if any(c.isdigit() for c in wanted) else difflib.get_close_matches(wanted, by_name, cutoff=0.75)
    return [zone for name in (*begin, *contain, *spelt) for zone in by_name[name]]


def _normalized(text: str) -> str:
    """Remove the differences of spelling: accents, case, and the separators between words."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r" ?/ ?", "/", re.sub(r"[\s_.-]+", " ", bare.casefold()).strip())
