"""Brings ``openapi.json`` up to date with the wire structs: ``python -m tests.demo.describe``.

Paths, parameters and words are written by hand; the schemas of structs come from the structs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

import techdesk.demo
from techdesk.desks.wire import WireAbout, WireDigest, WireMe, WirePage, WirePresence, WireProblem

FILE = Path(techdesk.demo.__file__).with_name("openapi.json")


def schemas() -> dict[str, Any]:
    """Schemas of everything that the API answers, by name."""
    _, components = msgspec.json.schema_components(
        [WireAbout, WireDigest, WireMe, WirePage, WirePresence, WireProblem],
        ref_template="#/components/schemas/{name}",
    )
    plain: dict[str, Any] = json.loads(msgspec.json.encode(components))
    return plain


def main() -> None:
    """Rewrite the file."""
    document = json.loads(FILE.read_text(encoding="utf-8"))
    document["components"]["schemas"] |= schemas()
    FILE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
