"""The SVG that Vega draws, without what no browser needs.

By regular expressions: the text is always made by the one pinned version of vl-convert, of our own
charts, and a parser would write its namespaces and quotation marks anew.
"""

from __future__ import annotations

import re

# Chromium, Firefox and Safari need none of these, and they are most of the bytes.
_NOISE = (
    (r' (?:class|role|aria-[a-z]+|pointer-events|opacity|font-family)="[^"]*"', ""),
    (r' (?:version|xmlns:xlink)="[^"]*"| transform="translate\(0,0\)"', ""),
    (r'<path[^>]* display="none"/>|<g[^>]*/>', ""),
    (r'<path d="M0,0h[\d.]+v[\d.]+h-?[\d.]+Z"/>', ""),
    (r"\d+\.\d{2,}", lambda found: f"{float(found[0]):.1f}".removesuffix(".0")),
)


def smaller(text: str) -> str:
    """The same picture in fewer bytes, its size left to the page."""
    text = re.sub(r'<svg[^>]*(viewBox="[^"]*")>(<rect[^>]*/>)?', r"<svg \1>", text, count=1)
    for pattern, replacement in _NOISE:
        text = re.sub(pattern, replacement, text)
    while text != (text := re.sub(r"<g[^>]*></g>", "", text)):
        pass
    return text
