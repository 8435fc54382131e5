"""The stand-in's web server: the API's endpoints, and a control side for tests."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
import json
import secrets
from typing import Any, Final

from aiohttp import web

from .answering import answer_message
from .errors import ApiError, refuse
from .faults import Fault, PlannedFault
from .models import find_model, list_models
from .rules import check_headers, check_request

_MAX_REQUEST: Final = 32 * 1024 * 1024
_REMEMBERED: Final = 500
_COUNTED: Final = ("messages", "models", "count_tokens", "errors")

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class _Desk:
    """What the stand-in keeps: planned faults, call counts, and the last picture it was sent."""

    faults: list[PlannedFault] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("messages", "models", "count_tokens", "errors"), 0)
    )
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    picture: bytes = b""

    def fault_for(self, endpoint: str) -> PlannedFault | None:
        """Return the planned fault this call meets."""
        return next((fault for fault in self.faults if fault.strikes(endpoint)), None)


_DESK: Final = web.AppKey("desk", _Desk)


def create_app() -> web.Application:
    """Return the stand-in."""
    app = web.Application(client_max_size=_MAX_REQUEST + 1, middlewares=[_as_api])
    app[_DESK] = _Desk()
    app.add_routes(
        [
            web.post("/v1/messages", _messages),
            web.post("/v1/messages/count_tokens", _count_tokens),
            web.get("/v1/models", _models),
            web.get("/v1/models/{model}", _model),
            web.post("/control/faults", _plan_fault),
            web.delete("/control/faults", _clear_faults),
            web.get("/control/calls", _calls),
            web.get("/control/picture", _picture),
            web.post("/control/reset", _reset),
        ]
    )
    return app


@web.middleware
async def _as_api(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check the key, give every answer its request id, and word every error as the API does."""
    if request.path.startswith("/control/"):
        return await handler(request)
    request_id = f"req_{secrets.token_hex(12)}"
    desk = request.app[_DESK]
    counts, log = desk.counts, desk.log  # a call that outlives a reset belongs to what was before it
    endpoint = request.path.rstrip("/").rpartition("/")[2]
    entry: dict[str, Any] = {"endpoint": endpoint, "request_id": request_id}
    request["entry"] = entry
    try:
        check_headers(request.headers)
        response = await handler(request)
        counts[endpoint if endpoint in counts else "models"] += 1
    except ApiError as err:
        counts["errors"] += 1
        entry["error"] = err.message
        response = web.json_response(err.body(request_id), status=err.status, headers=err.headers)
    except web.HTTPException as err:
        status = 413 if err.status == web.HTTPRequestEntityTooLarge.status_code else 404
        counts["errors"] += 1
        response = web.json_response(ApiError(status, err.reason).body(request_id), status=status)
    entry["status"] = response.status
    log.append(entry)
    response.headers["request-id"] = request_id
    return response


async def _body(request: web.Request) -> Any:
    if request.content_type != "application/json":
        refuse("content-type: must be application/json")
    content = await request.read()
    if len(content) > _MAX_REQUEST:
        raise ApiError(413, "Request exceeds the maximum size")
    try:
        return await asyncio.to_thread(json.loads, content)
    except ValueError:
        refuse("The request body is not valid JSON")


async def _met_fault(request: web.Request, endpoint: str) -> PlannedFault | None:
    """Return the fault this call meets; raise it if it is an error, sit through it if it is silence."""
    fault = request.app[_DESK].fault_for(endpoint)
    if fault is None:
        return None
    fault.raise_status()
    if fault.fault is Fault.TIMEOUT:
        await asyncio.sleep(fault.seconds)
    return fault


async def _messages(request: web.Request) -> web.Response:
    body = await _body(request)
    fault = await _met_fault(request, "messages")
    question = await asyncio.to_thread(check_request, body)
    entry = request["entry"]
    entry |= {"model": question.model_name, "text": question.text}
    entry["pictures"] = [(picture.width, picture.height) for picture in question.pictures]
    if question.pictures:
        request.app[_DESK].picture = question.pictures[0].content
    message = await asyncio.to_thread(answer_message, question, fault)
    entry["usage"] = {key: message["usage"][key] for key in ("input_tokens", "output_tokens")}
    entry["answer"] = "".join(block.get("text", "") for block in message["content"])
    return web.json_response(message)


async def _count_tokens(request: web.Request) -> web.Response:
    body = await _body(request)
    await _met_fault(request, "count_tokens")
    question = await asyncio.to_thread(lambda: check_request(body, counting=True))
    return web.json_response({"input_tokens": question.input_tokens})


async def _models(request: web.Request) -> web.Response:
    await _met_fault(request, "models")
    wanted = request.query.getall("lifecycle[]", request.query.getall("lifecycle", []))
    models = list_models(part for one in wanted for part in one.split(","))
    ends = {"first_id": models[0]["id"], "last_id": models[-1]["id"]} if models else {"first_id": None, "last_id": None}
    return web.json_response({"data": models, "has_more": False, **ends})


async def _model(request: web.Request) -> web.Response:
    await _met_fault(request, "models")
    model = find_model(request.match_info["model"])
    if model is None:
        raise ApiError(404, f"model: {request.match_info['model']}")
    return web.json_response(model.as_json())


async def _plan_fault(request: web.Request) -> web.Response:
    """Take {"fault": name or null, "count": calls or null, and the other fields of PlannedFault}.

    A fault for a number of calls waits its turn; one for all calls, or null, takes the place of all others.
    """
    body = await request.json()
    faults = request.app[_DESK].faults
    name, count = body.pop("fault", None), body.pop("count", None)
    try:
        planned = [] if name is None else [PlannedFault(Fault(name), left=count, **body)]
    except (TypeError, ValueError) as err:
        return web.Response(status=400, text=repr(err))
    if count is None:
        faults.clear()
    faults.extend(planned)
    return web.Response(status=204)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[_DESK].faults.clear()
    return web.Response(status=204)


async def _calls(request: web.Request) -> web.Response:
    """Return how many calls were answered, by endpoint, how many got an error, and the latest in detail."""
    desk = request.app[_DESK]
    return web.json_response({**desk.counts, "log": list(desk.log)})


async def _picture(request: web.Request) -> web.Response:
    return web.Response(body=request.app[_DESK].picture, content_type="image/jpeg")


async def _reset(request: web.Request) -> web.Response:
    desk, fresh = request.app[_DESK], _Desk()
    desk.faults, desk.counts, desk.log, desk.picture = fresh.faults, fresh.counts, fresh.log, fresh.picture
    return web.Response(status=204)
