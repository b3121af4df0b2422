"""Texts for controls, names and addresses that are wrong on purpose."""

from __future__ import annotations

import random
from collections.abc import Sequence
from urllib.parse import urlencode

MARKUP = "<img src=x onerror=alert(1)> ![x](http://example.org/x.png) [y](javascript:alert(1)) :red[z] $\\frac{1}{0}$"
NEVER = (  # no control takes any of these
    MARKUP,
    "<script>alert(1)</script>",
    "' OR 1=1; DROP TABLE codes; --",
    "../../../../etc/passwd",
    "..\\..\\windows\\system.ini",
    "file:///etc/passwd%00",
    "{{7*7}} ${jndi:ldap://example.org/x}",
    "\u202eabc\x00\x07\ufeff",
    "nan",
    "-inf",
    "1e999",
    "0x10",
    "-1e99",
    "9" * 5000,
    "x" * 50_000,
    "[[[[" * 1000,
    '{"$ref": "#"}',
)
PERHAPS = ("", " ", "-1", "0", "3", "2.5", "1_0", "٣", " 3 ", "1e1", "+3", "none", "None", "true")
NEARLY = {  # by what a control asks for
    "code": (
        "BCH(31,16)-r99999", "BCH(31,16)-r0", "BCH(31,16)-r-r", "BCH(31,17)", "BCH(0,0)", "BCH(99999,1)",
        "Hamming(65535,65519)", "Hamming(1,0)", "Hamming(3,1)", "LDPC(99856,99224)", "LDPC(9,4)", "Polar(65536,3)",
        "Polar(1,1)", "RM(65536,65535)", "RM(2,1)", "Golay(0,0)", "CCSDS(0,0)", "WiFi(648,1)", "eBCH(1,1)",
        "BCH(３１,１６)", "bch ( 31 , 16 )", "BCH(31,16)-r" * 100, "x@0123456789abcdef", "@0123456789abcdef",
        f"{MARKUP}@0123456789abcdef", "x@0123456789ABCDEF", "BCH(31,16)@BCH(31,16)",
    ),
    "spec": (
        "bp:0", "bp:-1", "bp:99999999999", "bp:0" + "0" * 5000, "bp:٣", "bp:50/lora", "bp:50/layered/layered", "ml:1",
        "uncoded:", "osd:99", "scl:0", "scl:1000000", "fecct:", "fecct:../../base", "fecct:base/base",
        "fecct/sap@nan", "fecct/sap@.", "fecct/sap@-1", "fecct/sap@" + "9" * 5000, "fecct/sap@٠.٥", "fecct/sap@0.50",
        "fecct/sap@0.5/lora/lora", "fecct/sap@0.5/passes:999", "fecct/passes:٣", "fecct/0:0", "fecct/4:2",
        "fecct/99999999:999999999", "fecct/2:" + "9" * 5000, "fecct/2:4+", "fecct/2:4+x+x", "fecct/tile@nan",
        "fecct/tile@1", "fecct/tile@" + "9" * 5000, "fecct/sap@0.5" * 1000, f"fecct/{MARKUP}",
    ),
    "ratio": ("nan", "1", "0", "-0.5", "1.5", "0.5+", "0.5+srste", "0.5+admm+admm", "1e-1", "0.99999", "٠.٥", "0.50"),
    "n:m": ("0:0", "1:0", "-1:4", "2:99999999", "1:1", "4:2", "2", "2:4:8", "٢:٤", "2:" + "9" * 5000, "nan:nan"),
    "bits": ("0", "1 1", "v1 v1", "9" * 30, "v1 " * 3000, "," * 1000, "1 2 3", "c1", "1.0", "٣"),
}  # fmt: skip
ASKED = {"p_ratio": "ratio", "p_nm": "n:m", "d_flip": "bits", "d_a": "spec", "d_b": "spec", "t_decoders": "spec"}
OF_STREAMLIT = "embed_options"  # Streamlit keeps it to itself
LONGEST_ADDRESS = 500_000  # characters, as they are encoded; Streamlit 1.67 takes no notice of an address beyond 2**19
UNKNOWN = ("zzz", "<b>x</b>", "__class__", "s_", OF_STREAMLIT, "t_code\x00", "x" * 2000)


def asked_for(key: str) -> str | None:
    """What a control asks for where any text may be typed, a key of NEARLY."""
    return "code" if key.endswith(("code", "codes")) or key == "s_beside" else ASKED.get(key)


def address(number: int, keys: Sequence[str]) -> tuple[dict[str, list[str]], bool]:
    """The `number`-th address of a page with controls of these keys, and whether some value of it can only be wrong.

    One to six names, each once or repeated, of which every one is wrong, nearly right, or unknown.
    """
    draw = random.Random(number)
    query, wrong = {}, False
    names = [*keys, *draw.sample(UNKNOWN, 2)]
    for key in draw.sample(names, min(draw.randint(1, 6), len(names))):
        kinds = [NEVER, NEVER, PERHAPS, NEARLY.get(asked_for(key), NEVER)]
        values = draw.choice(kinds)
        query[key] = [draw.choice(values) for _ in range(draw.choice((1, 1, 1, 2, 3, 60)))]
        if len(urlencode(query, doseq=True)) > LONGEST_ADDRESS:
            query[key] = query[key][:1]
        wrong |= key != OF_STREAMLIT and (key in UNKNOWN or values is NEVER)
    return query, wrong
