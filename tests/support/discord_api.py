"""A stand-in on this machine for the part of Discord's HTTP API that a bot of one command uses."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from typing_extensions import Self

BOT: dict[str, Any] = {
    "id": "1",
    "username": "bot",
    "discriminator": "0",
    "avatar": None,
    "bot": True,
}
APPLICATION: dict[str, Any] = {
    "id": "1",
    "name": "bot",
    "description": "",
    "icon": None,
    "owner": BOT,
    "summary": "",
    "verify_key": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "flags": 0,
}
CHANNEL: dict[str, Any] = {"id": "2", "type": 1, "last_message_id": None, "recipients": []}
MESSAGE: dict[str, Any] = {
    "id": "3",
    "channel_id": "2",
    "author": BOT,
    "content": "",
    "timestamp": "2025-01-01T00:00:00+00:00",
    "edited_timestamp": None,
    "tts": False,
    "mention_everyone": False,
    "mentions": [],
    "mention_roles": [],
    "attachments": [],
    "embeds": [],
    "pinned": False,
    "type": 0,
}


def question(
    name: str,
    file_limit: int,
    *,
    typing: str = "",
    file: dict[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """What Discord sends a bot when somebody with the user id 7 types a command.

    Args:
        name: The command.
        file_limit: Bytes that a file of an answer may have.
        typing: The option that is being typed; else the command is complete.
        file: A file that comes with it.
        **options: Its options.
    """
    kinds = {str: 3, int: 4}
    listed = [
        {"name": option, "type": kinds[type(value)], "value": value, "focused": option == typing}
        for option, value in options.items()
    ]
    if file is not None:
        listed.append({"name": "file", "type": 11, "value": file["id"]})
    return {
        "id": "9",
        "application_id": "1",
        "type": 4 if typing else 2,
        "token": "answer-token",
        "version": 1,
        "attachment_size_limit": file_limit,
        "user": {"id": "7", "username": "singer", "discriminator": "0", "avatar": None},
        "channel": CHANNEL,
        "data": {
            "id": "4",
            "name": name,
            "type": 1,
            "options": listed,
            "resolved": {"attachments": {file["id"]: file} if file else {}},
        },
    }


class DiscordApi:
    """Answers a bot's HTTP requests; as an asynchronous context manager it stops itself.

    Attributes:
        base: Address of the API.
        commands: The commands that the bot has told of.
        deferred: Whether the question was answered with "is thinking".
        answer: The answer: its fields, and the files by their names; or what was said in place of
            "is thinking". A future.
        upload: The bytes of the file that :meth:`attachment` tells of.
    """

    def __init__(self) -> None:
        self.base = ""
        self.commands: list[dict[str, Any]] = []
        self.deferred = False
        self.upload = b""
        self.answer: asyncio.Future[tuple[dict[str, Any], dict[str, bytes]]] = (
            asyncio.get_running_loop().create_future()
        )
        application = web.Application()
        application.router.add_get("/users/@me", _answering(BOT))
        application.router.add_get("/oauth2/applications/@me", _answering(APPLICATION))
        application.router.add_put("/applications/1/commands", self._take_commands)
        application.router.add_post("/interactions/9/answer-token/callback", self._defer)
        application.router.add_get("/upload", self._give_upload)
        application.router.add_post("/webhooks/1/answer-token", self._take_answer)
        self._runner = web.AppRunner(application)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def attachment(self, name: str, content: bytes) -> dict[str, Any]:
        """A file that somebody sends with a command."""
        self.upload = content
        url = f"{self.base}/upload"
        return {"id": "8", "filename": name, "size": len(content), "url": url, "proxy_url": url}

    async def _give_upload(self, _: web.Request) -> web.Response:
        return web.Response(body=self.upload)

    async def _take_commands(self, request: web.Request) -> web.Response:
        self.commands = await request.json()
        numbers = {"id": "4", "application_id": "1", "version": "5"}
        return _json([command | numbers for command in self.commands])

    async def _defer(self, request: web.Request) -> web.Response:
        said = await request.json()
        self.deferred = said["type"] == 5
        if not self.deferred:
            self.answer.set_result((said["data"], {}))
        return _json({"interaction": {"id": "9", "type": 2}})

    async def _take_answer(self, request: web.Request) -> web.Response:
        files: dict[str, bytes] = {}
        if request.content_type == "application/json":
            fields = await request.json()
        else:
            form = await request.post()
            fields = json.loads(str(form["payload_json"]))
            for part in form.values():
                if isinstance(part, web.FileField):
                    files[part.filename] = part.file.read()
        self.answer.set_result((fields, files))
        return _json(MESSAGE)


def _json(content: object) -> web.Response:
    # As Discord has it: without the character set that web.json_response would name.
    headers = {"Content-Type": "application/json"}
    return web.Response(body=json.dumps(content).encode(), headers=headers)


def _answering(content: dict[str, Any]) -> Any:
    async def answer(_: web.Request) -> web.Response:
        return _json(content)

    return answer
