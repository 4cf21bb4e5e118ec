"""Letters that look like ASCII ones, so that a name cannot be taken for a guarded one and be another."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=1024)
def skeleton(text: str) -> str:
    """The text with every letter that looks like an ASCII one as that one, without what cannot be seen.

    A short form of the skeleton of Unicode Technical Standard 39: compatibility forms, marks, and the Cyrillic, Greek,
    Armenian and Cherokee letters that most typefaces draw like Latin ones.
    """
    spread = unicodedata.normalize("NFKD", text)
    visible = (char for char in spread if unicodedata.category(char) not in _UNSEEN)
    return "".join(_LOOKS_LIKE.get(char, char) for char in visible)


_UNSEEN = {"Mn", "Me", "Cf", "Cc"}

# By the ASCII character: what most typefaces draw like it.
_DRAWN_LIKE = {
    "a": "\u0430\u03b1",
    "b": "\u044c\u0185",
    "c": "\u0441\u03f2\u1d04",
    "d": "\u0501",
    "e": "\u0435\u04bd",
    "g": "\u0261\u0581",
    "h": "\u04bb\u0570",
    "i": "\u0456\u03b9\u0131\u0456",
    "j": "\u0458\u03f3",
    "k": "\u043a\u03ba",
    "l": "\u04cf\u217c\u2113\u01c0",
    "m": "\u043c\u217f",
    "n": "\u0578\u057c",
    "o": "\u043e\u03bf\u0585\u1d0f",
    "p": "\u0440\u03c1",
    "q": "\u051b",
    "r": "\u0433\u1d26",
    "s": "\u0455\ua731",
    "t": "\u0442\u03c4",
    "u": "\u03c5\u057d\u1d1c",
    "v": "\u03bd\u0475\u1d20",
    "w": "\u051d\u1d21",
    "x": "\u0445\u03c7",
    "y": "\u0443\u03b3\u04af",
    "z": "\u1d22",
    "A": "\u0410\u0391",
    "B": "\u0412\u0392",
    "C": "\u0421\u03f9",
    "D": "\u13a0",
    "E": "\u0415\u0395",
    "F": "\u03dc",
    "G": "\u050c\u13c0",
    "H": "\u041d\u0397",
    "I": "\u0406\u0399\u04c0",
    "J": "\u0408\u13ab",
    "K": "\u041a\u039a",
    "L": "\u13de\u053c",
    "M": "\u041c\u039c",
    "N": "\u039d",
    "O": "\u041e\u039f\u0555",
    "P": "\u0420\u03a1",
    "Q": "\u051a",
    "R": "\u13a1",
    "S": "\u0405\u054f",
    "T": "\u0422\u03a4",
    "U": "\u054d",
    "V": "\u0474\u13d9",
    "W": "\u051c\u13b3",
    "X": "\u0425\u03a7",
    "Y": "\u0423\u03a5\u04ae",
    "Z": "\u0396",
    ".": "\u2024\u00b7\u2219\ua78f",
    "-": "\u2010\u2011\u2012\u2013\u2212",
    "/": "\u2215\u2044\u29f8",
    "_": "\u02cd",
}
_LOOKS_LIKE = {odd: plain for plain, all_odd in _DRAWN_LIKE.items() for odd in all_odd}
