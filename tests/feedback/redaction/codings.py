"""Ways to write an address: what the tests hide it in. Nothing here comes from the code under test."""

import base64
import hashlib
import random
import urllib.parse
from collections.abc import Callable


def plain(text: str, _: random.Random) -> str:
    return text


def upper(text: str, _: random.Random) -> str:
    return text.upper()


def mixed_case(text: str, rng: random.Random) -> str:
    return "".join(sign.upper() if rng.random() < 0.5 else sign for sign in text)


def percent(text: str, _: random.Random) -> str:
    return urllib.parse.quote(text, safe="")


def percent_all(text: str, _: random.Random) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def percent_twice(text: str, rng: random.Random) -> str:
    return percent(percent_all(text, rng), rng)


def quoted(text: str, _: random.Random) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode())


def quoted_some(text: str, rng: random.Random) -> str:
    signs = (quoted(sign, rng) if sign in "@.=" or not sign.isascii() or rng.random() < 0.2 else sign for sign in text)
    return "".join(signs)


def entities(text: str, rng: random.Random) -> str:
    return "".join(f"&#{ord(sign)};" if rng.random() < 0.5 else f"&#x{ord(sign):x};" for sign in text)


def entities_bare(text: str, rng: random.Random) -> str:
    noughts = "0" * rng.choice((0, 1, 6, 20))
    return (
        "".join(f"&#{noughts}{ord(sign)}" if rng.random() < 0.5 else f"&#X{noughts}{ord(sign):x}" for sign in text)
        + ";"
    )


def escapes(text: str, rng: random.Random) -> str:
    return "".join(_escape(sign) if sign in "@." or rng.random() < 0.5 else sign for sign in text)


def _escape(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if sign <= "\uffff" else f"\\u{{{ord(sign):x}}}"


def base64_whole(text: str, _: random.Random) -> str:
    return base64.b64encode(text.encode()).decode()


def base64_bare(text: str, _: random.Random) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def base64_inside(text: str, rng: random.Random) -> str:
    before = "".join(rng.choice('abc{}:",0123') for _ in range(rng.randrange(1, 12)))
    return base64.b64encode(f'{before}"{text}",1'.encode()).decode()


def base64_glued(text: str, rng: random.Random) -> str:
    return "/u/" + "x" * rng.randrange(4) + base64_bare(text, rng)


def base64_utf16(text: str, _: random.Random) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


def base64_percent(text: str, rng: random.Random) -> str:
    return base64_whole(percent_all(text, rng), rng)


def percent_base64(text: str, rng: random.Random) -> str:
    return percent_all(base64_whole(text, rng), rng)


def base64_twice(text: str, rng: random.Random) -> str:
    return base64_whole(base64_whole(text, rng), rng)


def hexadecimal(text: str, rng: random.Random) -> str:
    written = text.encode().hex()
    return written.upper() if rng.random() < 0.5 else written


def base32(text: str, rng: random.Random) -> str:
    written = base64.b32encode(text.encode()).decode()
    return written.rstrip("=").lower() if rng.random() < 0.5 else written


def word_b(text: str, rng: random.Random) -> str:
    charset = rng.choice(("utf-8", "gb2312", "gb18030", "big5", "iso-8859-1", "utf-16-be", "utf-7"))
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def word_q(text: str, _: random.Random) -> str:
    return "=?gb18030?Q?" + "".join(f"={byte:02X}" for byte in text.encode("gb18030")) + "?="


def word_split(text: str, rng: random.Random) -> str:
    cut = rng.randrange(1, len(text))
    return word_b(text[:cut], rng) + "\r\n " + word_q(text[cut:], rng)


def full_width(text: str, _: random.Random) -> str:
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    return f"=?gb18030?b?{base64.b64encode(wide.encode('gb18030')).decode()}?="


def utf7(text: str, _: random.Random) -> str:
    return text.replace("@", "+AEA-")


def folded(text: str, rng: random.Random) -> str:
    cut = rng.randrange(1, len(text))
    return text[:cut] + "\r\n " + text[cut:]


def folded_base64(text: str, rng: random.Random) -> str:
    return folded(base64_whole(text, rng), rng)


def verp(text: str, rng: random.Random) -> str:
    local, _, domain = text.rpartition("@")
    return f"bounce-{rng.randrange(9999)}-{local}={domain}@mail.east.example"


def verp_other(text: str, rng: random.Random) -> str:
    # "a=west.example" may be a parameter: for so short a name only the whole VERP form counts.
    return text.replace(
        "@", rng.choice(("#", "(at)", "[at]", " at ", "_at_", "%") + (("=",) if text.find("@") > 2 else ()))
    )


def spoken(text: str, _: random.Random) -> str:
    local, _, domain = text.rpartition("@")
    return f"{local} (at) {domain.replace('.', ' dot ')}"


def digest(text: str, rng: random.Random) -> str:
    return hashlib.new(rng.choice(("md5", "sha1", "sha256")), text.lower().encode(), usedforsecurity=False).hexdigest()


def digest_other(text: str, rng: random.Random) -> str:
    written = text.upper() if rng.random() < 0.5 else text.lower()
    made = hashlib.new(rng.choice(("sha224", "sha384", "sha512")), (written + rng.choice(("", "\n"))).encode())
    return made.hexdigest() if rng.random() < 0.5 else base64.b64encode(made.digest()).decode()


def percent_u(text: str, _: random.Random) -> str:
    units = text.encode("utf-16-be").hex()
    return "".join(f"%u{units[at : at + 4]}" for at in range(0, len(units), 4))


def hex_joined(text: str, rng: random.Random) -> str:
    return rng.choice((":", " ", "-", ", ", ".")).join(f"{byte:02x}" for byte in text.encode())


def base64_pieces(text: str, rng: random.Random) -> str:
    return _in_pieces(base64_bare(text, rng), rng)


def base64_pieces_inside(text: str, rng: random.Random) -> str:
    return _in_pieces(base64_inside(text, rng).rstrip("="), rng)


def _in_pieces(coded: str, rng: random.Random) -> str:
    length = rng.randrange(2, 8)
    return rng.choice((".", "-", "/", " ", "_", ",", ":", "|")).join(
        coded[at : at + length] for at in range(0, len(coded), length)
    )


def blanks(text: str, _: random.Random) -> str:
    return text.replace(".", " . ").replace("@", " @ ")


def dots(text: str, _: random.Random) -> str:
    local, _, domain = text.rpartition("@")
    name, plus, tag = local.partition("+")
    return ".".join(sign for sign in name if sign != ".") + plus + tag + "@" + domain


def invisible(text: str, rng: random.Random) -> str:
    marks = ("\ufe0f", "\U000e0061", "\U000e0100", "\u0301", "\u20dd", "\u202c", "\u2066", "\u200b", "\u3164")
    return "".join(sign + rng.choice(marks) for sign in text)


def accents(text: str, _: random.Random) -> str:
    return text.translate(str.maketrans({"a": "\u00e1", "e": "\u1ebd", "o": "\u014d", "n": "\u00f1"}))


def tags(text: str, _: random.Random) -> str:
    return "x" + "".join(chr(0xE0000 + ord(sign)) if sign.isascii() else sign for sign in text)


CODINGS: tuple[Callable[[str, random.Random], str], ...] = (
    plain, upper, mixed_case, percent, percent_all, percent_twice, quoted, quoted_some, entities, escapes, base64_whole,
    base64_bare, base64_inside, base64_glued, base64_utf16, base64_percent, percent_base64, base64_twice, hexadecimal, base32,
    word_b, word_q, word_split, full_width, utf7, folded, folded_base64, verp, verp_other, spoken, digest, digest_other,
    percent_u, hex_joined, base64_pieces, base64_pieces_inside, blanks, dots, invisible, accents, tags, entities_bare,
)  # fmt: skip
