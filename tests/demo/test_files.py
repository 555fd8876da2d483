"""Files at the demo desk: stored once, given back byte for byte, refused where too large."""

from __future__ import annotations

import base64
from typing import Any

from techdesk.demo.files import FILES_BYTES
from tests.demo.client import Client

OPEN = "state:dynamix:open"


def body(*files: tuple[str, bytes]) -> dict[str, Any]:
    named = [{"name": name, "content": base64.b64encode(content).decode()} for name, content in files]
    return {"text": "See the files.", "visibility": "public", "files": named}


def test_files_of_a_message_come_back_byte_for_byte(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    content = bytes(range(256))
    for _ in range(2):  # the same key: once
        answer = desk.post(f"/tickets/{ticket}/messages", body(("a.bin", content), ("b", b"x")), key="k")
        assert answer.status_code == 201, answer.text
    message = desk.page(f"/tickets/{ticket}")["messages"][-1]
    assert [(file["name"], file["size"]) for file in message["attachments"]] == [("a.bin", 256), ("b", 1)]
    answer = desk.get(f"/attachments/{message['attachments'][0]['id']}")
    assert answer.content == content
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert desk.get("/attachments/99999").status_code == 404


def test_made_up_files_have_made_up_bytes_of_their_size(desk: Client) -> None:
    ticket = desk.scene("hostile:attachment")
    (file,) = desk.page(f"/tickets/{ticket}")["messages"][0]["attachments"]
    assert len(desk.get(f"/attachments/{file['id']}").content) == file["size"]


def test_files_that_cannot_be(desk: Client) -> None:
    path = f"/tickets/{desk.scene(OPEN)}/messages"
    large = body(("a", b"x" * (FILES_BYTES + 1)))
    for wrong in (large, body(("", b"x")), body(*[("a", b"x")] * 21)):
        answer = desk.post(path, wrong)
        assert answer.status_code == 422, answer.text
        assert answer.json()["fields"] == ["files"]
    assert desk.post(path, body(("a", b"x" * 13_000_000))).status_code == 413
