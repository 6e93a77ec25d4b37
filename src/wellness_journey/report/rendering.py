"""Pages of HTML, from the templates and the style that stand beside this module."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from wellness_journey.report import amounts

_HERE = Path(__file__).parent


def rendered(template: str, **values: object) -> str:
    """What `template` makes of `values`, of the style and of its digest."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": amounts.number,
        "day": amounts.day,
        "moment": amounts.moment,
        "code": _code,
    }
    style = "".join(
        line.strip() for line in (_HERE / "page.css").read_text(encoding="utf-8").splitlines()
    )
    return environment.get_template(template).render(
        values,
        style=Markup(style),  # noqa: S704, our own file
        digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def _code(text: str) -> Markup:
    """What stands between backticks as code."""
    told = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(told)  # noqa: S704, escaped above
