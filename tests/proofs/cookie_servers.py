"""Sites of Pyramid, aiohttp and Tornado in the configuration of an example, served from a thread of the proof itself.

At any path that ends with it: `login`, `logout`, `who` (says who is logged in).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import ModuleType
from typing import Any
from wsgiref.simple_server import make_server

from tests.proofs.cookie_site import _Quiet, _Server


@contextmanager
def served(module: ModuleType) -> Iterator[int]:
    """The port of a site that keeps logins as this module says: by its `sessions` or `ticket` (Pyramid), its `storage` (aiohttp), or its `app` (Tornado)."""
    if hasattr(module, "storage"):
        serving: Any = _on_a_loop(_aiohttp(module.storage))
    elif hasattr(module, "app"):
        serving = _on_a_loop(_tornado(module.app))
    else:
        serving = _wsgi(_pyramid(module))
    with serving as port:
        yield port


# ---- Pyramid


def _pyramid(module: ModuleType) -> Any:
    from pyramid.config import Configurator
    from pyramid.response import Response

    ticket: Any = getattr(module, "ticket", None)

    def of_session(request: Any) -> Any:
        action = request.matchdict["action"]
        if action == "login":
            request.session["user"] = "ada"
        elif action == "logout":
            request.session.invalidate()
        return Response(request.session.get("user", "nobody"))

    def of_ticket(request: Any) -> Any:
        action = request.matchdict["action"]
        if action != "who":
            answer = Response(action)
            answer.headerlist.extend(ticket.remember(request, "ada") if action == "login" else ticket.forget(request))
            return answer
        return Response((ticket.identify(request) or {"userid": "nobody"})["userid"])

    config = Configurator(session_factory=getattr(module, "sessions", None))
    for name, pattern in (("root", "/{action:login|logout|who}"), ("below", "/{prefix:.*}/{action:login|logout|who}")):
        config.add_route(name, pattern)
        config.add_view(of_ticket if ticket else of_session, route_name=name)
    return config.make_wsgi_app()


@contextmanager
def _wsgi(application: Any) -> Iterator[int]:
    with make_server("127.0.0.1", 0, application, _Server, _Quiet) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port
        server.shutdown()


# ---- aiohttp and Tornado


@contextmanager
def _on_a_loop(site: AbstractAsyncContextManager[int]) -> Iterator[int]:
    ports: list[int] = []
    started, ended = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with site as port:
            ports.append(port)
            started.set()
            await ended.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(30)
    yield ports[0]
    loops[0].call_soon_threadsafe(ended.set)
    thread.join(30)


@asynccontextmanager
async def _aiohttp(storage: Any) -> AsyncIterator[int]:
    from aiohttp import web
    from aiohttp_session import get_session, setup

    async def view(request: Any) -> Any:
        session = await get_session(request)
        action = request.match_info["action"]
        if action == "login":
            session["user"] = "ada"
        elif action == "logout":
            session.invalidate()
        return web.Response(text=session.get("user", "nobody"))

    app = web.Application()
    setup(app, storage)
    app.router.add_get("/{prefix:(?:.*/)?}{action:login|logout|who}", view)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@asynccontextmanager
async def _tornado(app: Any) -> AsyncIterator[int]:
    import socket

    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets

    (listening,) = bind_sockets(0, "127.0.0.1", family=socket.AF_INET)
    server = HTTPServer(app)
    server.add_sockets([listening])
    yield listening.getsockname()[1]
    server.stop()
    await server.close_all_connections()
