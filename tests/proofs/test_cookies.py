"""The cookie rules in a real Chromium: which cookies it keeps, which it sends and in which order, and how a login goes round in a circle."""

from __future__ import annotations

import datetime
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from safelint.hazards._cookies import Cookie, old_counts, rejections
from safelint.records import replace
from safelint.rules import Example
from tests.judging import example as example_of
from tests.judging import judge
from tests.proofs.browser import Browser, Tab, chromium
from tests.proofs.conftest import need


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    need("chromium")
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def tab(browser: Browser) -> Tab:
    return browser.tab()


class _Echo(BaseHTTPRequestHandler):
    """Sets the cookies that the address asks for (`?set=...`), and says which cookies came."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer()

    def _answer(self) -> None:
        text = (self.headers.get("Cookie") or "none").encode()
        self.send_response(200)
        for name, value in parse_qsl(urlsplit(self.path).query):
            if name == "set":
                self.send_header("Set-Cookie", value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return None


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def tls_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The same over https, with a certificate of its own that the browser is told not to mind."""
    need("cryptography")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        server.socket = certified(tmp_path_factory.mktemp("tls")).wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def certified(folder: Path) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.example.com")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("www.example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "both.pem").write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def setting(port: int, cookie: str, host: str = "www.example.com", path: str = "/") -> str:
    return f"http://{host}:{port}{path}?set={quote(cookie)}"


# ---- two cookies of one name


@pytest.mark.parametrize(
    ("attribute", "before", "after", "path", "sent"),
    [
        ("domain", "; Domain=.example.com", "; Domain=www.example.com", "/", "sid=old; sid=new"),
        ("domain", "", "; Domain=.example.com", "/", "sid=old; sid=new"),
        ("domain", "; Domain=.example.com", "", "/", "sid=old; sid=new"),
        ("domain", "; Domain=.example.com", "; Domain=example.com", "/", "sid=new"),
        ("path", "; Path=/", "; Path=/app", "/app/page", "sid=new; sid=old"),
        ("path", "; Path=/", "; Path=/app", "/page", "sid=old"),
        ("path", "; Path=/app", "; Path=/", "/app/page", "sid=old; sid=new"),
    ],
)
def test_a_cookie_of_another_scope_is_a_second_cookie(attribute: str, before: str, after: str, path: str, sent: str, tab: Tab, port: int) -> None:
    tab.go(setting(port, f"sid=old{before}", path=path))
    tab.go(setting(port, f"sid=new{after}", path=path))
    assert tab.go(f"http://www.example.com:{port}{path}") == sent
    if ";" in sent:
        was, now = ((each.partition("=")[2].lstrip(".") or "/") for each in (before, after))
        assert old_counts(attribute, was, now, "first") == sent.startswith("sid=old"), "what safelint takes for the order is what browsers send"
        assert old_counts(attribute, was, now, "last") == sent.endswith("sid=old")


def test_names_differ_by_case(tab: Tab, port: int) -> None:
    tab.go(setting(port, "sid=old"))
    tab.go(setting(port, "SID=new"))
    assert tab.go(f"http://www.example.com:{port}/") == "sid=old; SID=new"


def test_a_host_only_cookie_stays_at_its_host(tab: Tab, port: int) -> None:
    tab.go(setting(port, "sid=old"))
    assert tab.go(f"http://example.com:{port}/") == "none"


def test_deleting_by_another_scope_deletes_nothing(tab: Tab, port: int) -> None:
    tab.go(setting(port, "sid=old; Domain=example.com"))
    assert tab.go(setting(port, "sid=; Max-Age=0")) == "sid=old"
    assert tab.go(f"http://www.example.com:{port}/") == "sid=old"
    tab.go(setting(port, "sid=; Max-Age=0; Domain=example.com"))
    assert tab.go(f"http://www.example.com:{port}/") == "none"


# ---- cookies that are refused


@pytest.mark.parametrize(
    ("sent", "cookie"),
    [
        ("sid=new; SameSite=None", Cookie(name="sid", domain="", path="/", secure=False, samesite="none")),
        ("__Host-sid=new; Path=/; Secure; Domain=example.com", Cookie(name="__Host-sid", domain="example.com", path="/", secure=True, samesite="")),
        ("__Host-sid=new; Path=/app; Secure", Cookie(name="__Host-sid", domain="", path="/app", secure=True, samesite="")),
        ("__Host-sid=new; Path=/", Cookie(name="__Host-sid", domain="", path="/", secure=False, samesite="")),
        ("__Secure-sid=new; Path=/", Cookie(name="__Secure-sid", domain="", path="/", secure=False, samesite="")),
        ("sid=new; Domain=www.example.com:8080", Cookie(name="sid", domain="www.example.com:8080", path="/", secure=False, samesite="")),
        ("sid=new; Domain=http://www.example.com", Cookie(name="sid", domain="http://www.example.com", path="/", secure=False, samesite="")),
        ("sid=new; Domain=*.example.com", Cookie(name="sid", domain="*.example.com", path="/", secure=False, samesite="")),
        ("sid=new; Domain=www.example.com,example.com", Cookie(name="sid", domain="www.example.com,example.com", path="/", secure=False, samesite="")),
        ("sid=new; Domain=com", Cookie(name="sid", domain="com", path="/", secure=False, samesite="")),
        ("sid=new; Domain=example.net", Cookie(name="sid", domain="example.net", path="/", secure=False, samesite="")),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_safelint_calls_refused_is_refused(sent: str, cookie: Cookie, tab: Tab, port: int) -> None:
    assert rejections(cookie, hosts=("www.example.com",))
    tab.go(setting(port, "sid=old"))
    tab.go(setting(port, sent))
    assert tab.go(f"http://www.example.com:{port}/") == "sid=old", "the old cookie stays, the new one is dropped"


def test_secure_over_http_is_refused(tab: Tab, port: int) -> None:
    tab.go(setting(port, "sid=old"))
    tab.go(setting(port, "sid=new; Secure"))
    assert tab.go(f"http://www.example.com:{port}/") == "sid=old"


SECURE = Cookie(name="sid", domain="", path="/", secure=True, samesite="")


@pytest.mark.parametrize(
    ("sent", "cookie"),
    [
        ("sid=new; SameSite=None; Secure", replace(SECURE, samesite="none")),
        ("sid=new; Secure", SECURE),
        ("__Host-sid=new; Path=/; Secure", replace(SECURE, name="__Host-sid")),
        ("__Secure-sid=new; Path=/app; Secure", replace(SECURE, name="__Secure-sid", path="/app")),
        ("sid=new; Domain=.example.com", replace(SECURE, domain="example.com", secure=False)),
        ("__Host-sid=new; Path=/; Secure; Domain=example.com", replace(SECURE, name="__Host-sid", domain="example.com")),
        ("__Host-sid=new; Path=/app; Secure", replace(SECURE, name="__Host-sid", path="/app")),
        ("__Host-sid=new; Path=/", replace(SECURE, name="__Host-sid", secure=False)),
        ("__Secure-sid=new", replace(SECURE, name="__Secure-sid", secure=False)),
        ("sid=new; SameSite=None", replace(SECURE, samesite="none", secure=False)),
        ("sid=new; Partitioned", replace(SECURE, partitioned=True, secure=False)),
        ("sid=new; Partitioned; Secure", replace(SECURE, partitioned=True)),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_over_https_the_browser_and_safelint_agree(sent: str, cookie: Cookie, tab: Tab, tls_port: int) -> None:
    tab.go(f"https://www.example.com:{tls_port}/app/?set={quote(sent)}")
    kept = "sid=new" in tab.go(f"https://www.example.com:{tls_port}/app/")
    assert kept == (not rejections(cookie, hosts=("www.example.com",)))


def test_a_partitioned_cookie_is_a_second_cookie(tab: Tab, tls_port: int) -> None:
    tab.go(f"https://www.example.com:{tls_port}/?set={quote('sid=old; Secure')}")
    tab.go(f"https://www.example.com:{tls_port}/?set={quote('sid=new; Secure; Partitioned')}")
    assert tab.go(f"https://www.example.com:{tls_port}/") == "sid=old; sid=new"


def test_secure_is_harmless_where_everything_is_https(tab: Tab, tls_port: int) -> None:
    tab.go(f"https://www.example.com:{tls_port}/?set={quote('sid=old')}")
    tab.go(f"https://www.example.com:{tls_port}/?set={quote('sid=new; Secure')}")
    assert tab.go(f"https://www.example.com:{tls_port}/") == "sid=new"


@pytest.mark.parametrize(("length", "kept"), [(4093, True), (4094, False)])
def test_a_cookie_has_4096_bytes(length: int, kept: bool, tab: Tab, port: int) -> None:
    tab.go(setting(port, "sid=" + "x" * length))
    assert (tab.go(f"http://www.example.com:{port}/") != "none") == kept


# ---- coming back from another site


@pytest.mark.parametrize(
    ("attribute", "by_link", "by_form"),
    [("; SameSite=Strict", "none", "none"), ("; SameSite=Lax", "sid=1", "none"), ("", "sid=1", "sid=1")],
    ids=["Strict", "Lax", "absent"],
)
def test_what_comes_along_from_another_site(attribute: str, by_link: str, by_form: str, tab: Tab, port: int) -> None:
    back = f"http://www.example.com:{port}/"
    tab.go(setting(port, f"sid=1{attribute}"))
    tab.go(f"http://login.example.net:{port}/")
    assert tab.click(f"location.href = {back!r}") == by_link
    tab.go(f"http://login.example.net:{port}/")
    form = f"const form = document.createElement('form'); form.method = 'post'; form.action = {back!r}; document.body.append(form); form.submit()"
    assert tab.click(form) == by_form


# ---- the examples, in their frameworks


@contextmanager
def serving(framework: str, settings: str, folder: Path) -> Iterator[int]:
    path = folder / f"settings{abs(hash(settings))}.py"
    path.write_text(settings)
    script = Path(__file__).with_name("cookie_site.py")
    command = [sys.executable, "-B", str(script), framework, str(path), str(folder / "sessions.sqlite3")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


Open = Callable[[str, str], tuple[str, str]]


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Callable[[str, Example], tuple[str, str]]]:
    """Both sides of an example, each at an address of its own; cookies do not care for ports."""
    running: list[Any] = []

    def start(framework: str, example: Example) -> tuple[str, str]:
        need(framework)
        addresses = []
        for side in (example.base, example.head):
            (text,) = side.values()
            running.append(serving(framework, text, tmp_path))
            addresses.append(f"http://www.example.com:{running[-1].__enter__()}")
        return addresses[0], addresses[1]

    yield start
    for each in reversed(running):
        each.__exit__(None, None, None)


def forget_sessions(folder: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(folder / "sessions.sqlite3")) as database, database:
        database.execute("DELETE FROM django_session")


def over_http(text: str) -> str:
    return text.replace("SESSION_COOKIE_SECURE = True\n", "")


def plain(example: Example) -> Example:
    """The example without Secure, which the proofs' addresses have no TLS for."""
    base, head = ({path: over_http(text) for path, text in side.items()} for side in (example.base, example.head))
    return Example(example.rule, example.kind, example.title, base, head)


def test_django_below_a_path_is_a_login_loop_once_old_sessions_end(sites: Callable[..., tuple[str, str]], tab: Tab, tmp_path: Path) -> None:
    example = example_of("session-cookie-rescoped", "Bad", "Django below a path")
    (finding,) = judge(example.base, example.head).findings
    assert finding.rollback == "does-not-heal"
    old, new = sites("django", plain(example))
    tab.go(f"{old}/app/login")
    assert tab.go(f"{new}/app/who") == "ada", "nobody is logged out as long as the old session lives"
    forget_sessions(tmp_path)
    for _ in range(2):
        tab.go(f"{new}/app/login")
        assert tab.go(f"{new}/app/who") == "nobody"
    tab.go(f"{old}/app/login")
    assert tab.go(f"{old}/app/who") == "ada", "a rollback ends the loop"


def test_flask_with_another_domain_and_key_is_a_login_loop(sites: Callable[..., tuple[str, str]], tab: Tab) -> None:
    example = example_of("session-cookie-rescoped", "Bad", "Flask for all hosts, with a new key")
    (finding,) = [each for each in judge(example.base, example.head).findings if each.rule == "session-cookie-rescoped"]
    assert (finding.rollback, finding.impact) == ("login-loop", "everyone")
    old, new = sites("flask", plain(example))
    tab.go(f"{old}/login")
    for _ in range(2):
        tab.go(f"{new}/login")
        assert tab.go(f"{new}/who") == "nobody"
    assert tab.browser.tab().go(f"{new}/login") == "ada", "in a private window all is well"


def test_flask_with_another_domain_does_not_log_out(sites: Callable[..., tuple[str, str]], tab: Tab) -> None:
    example = example_of("session-cookie-rescoped", "Bad", "Flask for all hosts, and nothing else")
    (finding,) = judge(example.base, example.head).findings
    assert finding.rollback == "does-not-heal"
    old, new = sites("flask", plain(example))
    tab.go(f"{old}/login")
    tab.go(f"{new}/login")
    tab.go(f"{new}/logout")
    assert tab.go(f"{new}/who") == "ada"
    tab.go(f"{new}/login")
    tab.go(f"{old}/who")
    assert len([cookie for cookie in tab.cookies() if cookie["name"] == "session"]) == 2, "going back leaves both"


@pytest.mark.parametrize(("framework", "title"), [("django", "Django"), ("django", "written out")])
def test_a_renamed_cookie_logs_out_and_going_back_heals(framework: str, title: str, sites: Callable[..., tuple[str, str]], tab: Tab) -> None:
    example = example_of("session-cookie-renamed", "Bad" if title == "Django" else "Good", title)
    old, new = sites(framework, plain(example))
    tab.go(f"{old}/login")
    assert tab.go(f"{new}/who") == ("nobody" if example.kind == "Bad" else "ada")
    assert tab.go(f"{old}/who") == "ada"


def test_a_leading_dot_is_no_difference(sites: Callable[..., tuple[str, str]], tab: Tab) -> None:
    old, new = sites("django", plain(example_of("session-cookie-rescoped", "Good", "a leading dot")))
    tab.go(f"{old}/login")
    assert tab.go(f"{new}/who") == "ada"
    tab.go(f"{new}/login")
    assert len(tab.cookies()) == 1


@pytest.mark.parametrize("title", ["SameSite=None alone", "a domain that is not"])
def test_a_refused_session_cookie_lets_nobody_in(title: str, sites: Callable[..., tuple[str, str]], browser: Browser) -> None:
    old, new = sites("django", plain(example_of("session-cookie-refused", "Bad", title)))
    inside, outside = browser.tab(), browser.tab()
    inside.go(f"{old}/login")
    assert inside.go(f"{new}/who") == "ada", "who is in stays in"
    outside.go(f"{new}/login")
    assert outside.go(f"{new}/who") == "nobody"


def test_only_https_lets_nobody_in_over_http(sites: Callable[..., tuple[str, str]], browser: Browser) -> None:
    old, new = sites("django", example_of("session-cookie-https-only", "Bad"))
    inside, outside = browser.tab(), browser.tab()
    inside.go(f"{old}/login")
    assert inside.go(f"{new}/who") == "ada"
    outside.go(f"{new}/login")
    assert outside.go(f"{new}/who") == "nobody"
