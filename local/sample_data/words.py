"""The words for generated names.

Purpose: enough variety for thousands of songs and listeners, with no real artist, song
or person meant by any of them.
"""

from __future__ import annotations


def _words(text: str, *, separator: str = " ") -> list[str]:
    return text.split(separator)


ADJECTIVES = _words(
    "Amber Borrowed Brackish Brindled Cobalt Copper Crooked Dappled Distant Drowsy Eleventh "
    "Fallow Feathered Folded Gilded Glassy Hollow Hushed Inland Ivory Knotted Lacquered "
    "Lopsided Mossy Narrow Northbound Oblong Paper Patient Peppered Quilted Restless Rusted "
    "Salted Scarlet Sleepless Slanted Sunken Tangled Tidal Unhurried Velvet Waxen Weathered "
    "Winding Woollen"
)

NOUNS = _words(
    "Acorns Almanacs Anchors Antlers Bellows Bicycles Boathouses Candles Canals Chimneys "
    "Compasses Corridors Cranes Daybreaks Dovecotes Estuaries Ferries Fiddleheads Foxgloves "
    "Gables Harbours Hedgerows Hinges Kettles Kites Ladders Lanterns Larkspurs Lighthouses "
    "Looms Magpies Meridians Millwheels Mirrors Orchards Parasols Pendulums Pigeons Quarries "
    "Rainclouds Rooftops Sextants Shutters Sparrows Staircases Tamarinds Telegraphs Thimbles "
    "Turnstiles Umbrellas Viaducts Weathervanes Windowsills Wrens"
)

FIRST_NAMES = _words(
    "Adaline Alaric Amias Annika Arlo Aurelio Beatrix Benno Brisa Caspian Celeste Corwin "
    "Dagny Dario Delphine Edmund Eilidh Elowen Ember Farah Fenella Florian Gwendal Hadley "
    "Idris Ingrid Isolde Jasper Jovan Juniper Kasimir Keziah Lazlo Leopold Liesel Lucan "
    "Maelle Magnus Marisol Mirela Nadia Nerys Octavia Orson Otis Paloma Percival Petra Quincy "
    "Rafaela Rowan Saskia Silvan Solene Tamsin Thaddeus Ulla Viggo Wilhelmina Xanthe Ysolde "
    "Zephyr"
)

LAST_NAMES = _words(
    "Abernethy Achterberg Ashdown Bellweather Birchall Blackthorne Brackenbury Calloway "
    "Castellane Coppersmith Crowhurst Dunmore Eastlake Fairweather Farthingale Fenwick "
    "Gallowglass Greenhalgh Halloran Hartigan Hawksworth Inkpen Jessamine Kettlewell "
    "Kirkbride Larkin Lindqvist Lockridge Marchbanks Merriweather Nightingale Oakhanger "
    "Oldcastle Pemberley Penhallow Quarrington Ravensdale Rookwood Saltmarsh Sandalwood "
    "Silverstone Stallworthy Thistlewood Tredinnick Underhay Vanterpool Wainwright Waterhouse "
    "Whitlock Winterbourne Yarborough Zellweger"
)

# UTF-8 text that the app decoded as Latin-1, twice; see `mis_decoded`.
ACCENTED_WORDS = ("Café", "Déjà", "Señora", "Über", "Garçon", "Añoranza", "Fjörður", "Naïve")

TOWNS = _words(
    "Alder Falls-Westbrook, OR|Amberly-Port Haven, ME|Ash Hollow, NE|"
    "Barrow Springs-Quill City, TX|Bellhaven-Marsh Point-Osprey, FL|Birch Landing, MN-WI|"
    "Brindle Creek, KY|Calder-Easton Mills, OH|Cedar Gap-Lowfield, NC-SC|Copperton-Vale, AZ|"
    "Crane Lake, MI|Dunmoor-Saltbridge, VA|East Harrow-Pinewood, NJ-NY-PA|Elk Prairie, WY|"
    "Fairgate-Holloway, IL-IN|Fallow River, GA|Garnet Bay-Sorrel-Whitmore, CA|Granite Pass, CO|"
    "Harrowgate-Linden, MA-NH|Indigo Flats, NM|Juniper Heights, UT|Kestrel-North Wick, WA|"
    "Larkspur-Old Ferry, MO-KS|Maple Crossing, VT|Millrace-Towerhill, PA|New Thornbury, CT|"
    "Oakhurst-Sandy Neck, DE|Pelican Shoals, LA|Quarry Bend, TN|Redwater-St. Alban, ID|"
    "Sable Ridge, WV|Tanager-Upper Glen, IA|Vesper Beach-Lagoon Park, CA|Willow Fork, AL|"
    "Yarrow-Zephyr Hills, NV",
    separator="|",
)

_WEBKIT = "(KHTML, like Gecko)"
USER_AGENTS = (
    f'"Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 {_WEBKIT} Chrome/36.0.1985 Safari/537.36"',
    f'"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit/537.78 {_WEBKIT} Safari/537.78"',
    f'"Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2) AppleWebKit/537.51 {_WEBKIT} Mobile/11D257"',
    "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:31.0) Gecko/20100101 Firefox/31.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.9; rv:31.0) Gecko/20100101 Firefox/31.0",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:31.0) Gecko/20100101 Firefox/31.0",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; WOW64; Trident/5.0)",
)


def mis_decoded(text: str) -> str:
    """`text` after its UTF-8 was decoded twice as Latin-1.

    `é` becomes four characters, two of them control characters (U+0080 to U+009F).
    """
    return text.encode().decode("latin-1").encode().decode("latin-1")
