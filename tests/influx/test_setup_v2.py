"""scripts/setup_influxdb and InfluxDB 2.x."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
import ssl
import stat

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import pytest

from scripts.influx_setup.command import main

from .management import OPERATOR, Management, serving

YEAR = 31_536_000
SEPARATE = {"water_meter": YEAR, "electric_meter": YEAR, "gas_meter": YEAR, "utility_costs": YEAR, "utility_daily": 0}


@pytest.fixture
def server(socket_enabled: None) -> Iterator[Management]:
    del socket_enabled
    state = Management()
    state.add_org("home")
    with serving(state):
        yield state


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("URL", "ORG", "ADMIN_USER", "ADMIN_PASSWORD"):
        monkeypatch.delenv(f"INFLUX_{name}", raising=False)
    monkeypatch.setenv("INFLUX_ADMIN_TOKEN", OPERATOR)


def setup(server: Management, *arguments: str) -> int:
    return main(["--url", server.url, *arguments])


def own(server: Management) -> dict[str, int]:
    """Return for how long each bucket keeps its points, without the system's."""
    names = [bucket["name"] for bucket in server.buckets if not bucket["name"].startswith("_")]
    return {name: server.kept(name) for name in names}


def kept_tokens(path: Path = Path("influx_tokens.env")) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def rights(server: Management, token: str) -> set[tuple[str, str]]:
    """Return what a token may do with which bucket."""
    names = {bucket["id"]: bucket["name"] for bucket in server.buckets}
    found = next(auth for auth in server.authorizations if auth["token"] == token)
    return {(right["action"], names[right["resource"]["id"]]) for right in found["permissions"]}


def test_everything_is_made_once(server: Management) -> None:
    assert setup(server) == 0
    assert own(server) == SEPARATE
    tokens = kept_tokens()
    assert rights(server, tokens["INFLUX_WRITE_TOKEN"]) == {("write", name) for name in SEPARATE}
    assert rights(server, tokens["INFLUX_READ_TOKEN"]) == {("read", name) for name in SEPARATE}
    assert stat.S_IMODE(Path("influx_tokens.env").stat().st_mode) == 0o600
    server.changes.clear()
    assert setup(server) == 0
    assert setup(server, "--check") == 0
    assert server.changes == []
    assert kept_tokens() == tokens


def test_one_bucket_for_all(server: Management) -> None:
    assert setup(server, "--shared") == 0
    assert own(server) == {"utility": YEAR, "utility_daily": 0}


def test_a_check_changes_nothing_and_says_what_lacks(server: Management, capsys: pytest.CaptureFixture[str]) -> None:
    server.add_bucket(server.orgs[0]["id"], "water_meter", YEAR)
    assert setup(server, "--check") == 1
    assert server.changes == []
    assert not Path("influx_tokens.env").exists()
    said = capsys.readouterr().out
    assert "ok     bucket water_meter" in said
    assert "LACKS  bucket gas_meter, kept for 365 days: there is none" in said


def test_buckets_are_found_beyond_the_first_page(server: Management) -> None:
    for number in range(120):
        server.add_bucket(server.orgs[0]["id"], f"other_{number}", 0)
    assert setup(server) == 0
    server.changes.clear()
    assert setup(server) == 0
    assert server.changes == []


def test_what_keeps_too_little_is_lengthened(server: Management) -> None:
    server.add_bucket(server.orgs[0]["id"], "water_meter", 86_400)
    server.add_bucket(server.orgs[0]["id"], "utility_daily", YEAR)
    assert setup(server, "--check") == 1
    assert setup(server) == 0
    assert own(server) == SEPARATE


def test_what_keeps_more_is_shortened_only_when_asked(server: Management, capsys: pytest.CaptureFixture[str]) -> None:
    server.add_bucket(server.orgs[0]["id"], "gas_meter", 0)
    assert setup(server) == 0
    assert server.kept("gas_meter") == 0
    assert "longer than needed; --shorten" in capsys.readouterr().out
    assert setup(server, "--shorten") == 0
    assert server.kept("gas_meter") == YEAR


@pytest.mark.parametrize("hashed", [True, False])
def test_a_lost_token_is_renewed_only_when_asked(
    server: Management, capsys: pytest.CaptureFixture[str], *, hashed: bool
) -> None:
    server.hashed = hashed
    setup(server)
    before = kept_tokens()
    Path("influx_tokens.env").unlink()
    assert setup(server) == 1
    assert "does not say it again; --renew" in capsys.readouterr().out
    assert setup(server, "--renew") == 0
    after = kept_tokens()
    assert not set(before.values()) & set(after.values())
    assert {auth["token"] for auth in server.authorizations} == set(after.values())


def test_a_kept_token_that_is_refused_is_found(server: Management, capsys: pytest.CaptureFixture[str]) -> None:
    setup(server)
    kept = Path("influx_tokens.env")
    kept.write_text(kept.read_text(encoding="utf-8").replace("READ_TOKEN=", "READ_TOKEN=x"), encoding="utf-8")
    assert setup(server, "--check") == 1
    assert "the one in influx_tokens.env is refused" in capsys.readouterr().out


def test_tokens_for_other_buckets_do_not_do(server: Management) -> None:
    setup(server)
    assert setup(server, "--shared") == 1
    assert setup(server, "--shared", "--renew") == 0
    assert rights(server, kept_tokens()["INFLUX_WRITE_TOKEN"]) == {("write", "utility"), ("write", "utility_daily")}


def test_a_file_that_others_can_read_is_closed(server: Management, capsys: pytest.CaptureFixture[str]) -> None:
    setup(server)
    Path("influx_tokens.env").chmod(0o644)
    assert setup(server, "--check") == 1
    assert "others on this machine can read it" in capsys.readouterr().out
    assert setup(server) == 0
    assert stat.S_IMODE(Path("influx_tokens.env").stat().st_mode) == 0o600


def test_the_task_is_kept_as_it_should_be(server: Management) -> None:
    assert setup(server, "--downsampling") == 0
    (task,) = server.tasks
    text = task["flux"]
    for kind in ("water", "electric", "gas"):
        assert f'"{kind}_hourly"' in text
    task["flux"] = text.replace("1h", "2h")
    assert setup(server, "--downsampling", "--check") == 1
    assert setup(server, "--downsampling") == 0
    assert (len(server.tasks), server.tasks[0]["flux"]) == (1, text)


def test_a_new_server_gets_its_first_user(server: Management, monkeypatch: pytest.MonkeyPatch) -> None:
    server.new = True
    server.orgs.clear()
    server.buckets.clear()
    monkeypatch.delenv("INFLUX_ADMIN_TOKEN")
    assert setup(server) == 1
    monkeypatch.setenv("INFLUX_ADMIN_USER", "me")
    monkeypatch.setenv("INFLUX_ADMIN_PASSWORD", "long enough")
    assert setup(server) == 0
    assert own(server) == SEPARATE
    assert kept_tokens()["INFLUX_ADMIN_TOKEN"] == OPERATOR


def test_a_missing_organisation_is_made(server: Management) -> None:
    assert setup(server, "--org", "cottage", "--check") == 1
    assert setup(server, "--org", "cottage") == 0
    assert [org["name"] for org in server.orgs] == ["home", "cottage"]


def test_a_wrong_token_is_said_and_not_shown(
    server: Management, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INFLUX_ADMIN_TOKEN", "not-the-token")
    assert setup(server) == 2
    said = capsys.readouterr()
    assert "refuses INFLUX_ADMIN_TOKEN (401: unauthorized access)" in said.err
    assert "not-the-token" not in said.out + said.err
    monkeypatch.delenv("INFLUX_ADMIN_TOKEN")
    assert setup(server) == 2
    assert "set INFLUX_ADMIN_TOKEN" in capsys.readouterr().err


def test_a_token_with_too_few_rights_is_told_from_a_wrong_one(
    server: Management, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setup(server)
    monkeypatch.setenv("INFLUX_ADMIN_TOKEN", kept_tokens()["INFLUX_READ_TOKEN"])
    assert setup(server) == 2
    assert "INFLUX_ADMIN_TOKEN may not do this" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "expected"), [(None, "it is no InfluxDB"), ("v4.0", "InfluxDB 4.0, which is not known here")]
)
def test_something_else_is_said_to_be_so(
    server: Management, version: str | None, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server.version = version
    assert setup(server) == 2
    assert expected in capsys.readouterr().err


def certificate(folder: Path, address: str) -> ssl.SSLContext:
    """Make a certificate that is its own authority, in ca.pem, for one address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "own authority")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    ("address", "ca", "expected"),
    [
        ("127.0.0.1", [], "is not trusted; give the one of its authority with --ca"),
        ("127.0.0.1", ["--ca", "ca.pem"], ""),
        ("127.0.0.2", ["--ca", "ca.pem"], "is for another name"),
    ],
)
def test_an_own_authority(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str, ca: list[str], expected: str
) -> None:
    state = Management()
    state.add_org("home")
    with serving(state, certificate(tmp_path, address)):
        status = setup(state, *ca)
    assert status == (2 if expected else 0)
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:9", "nothing answers at http://127.0.0.1:9"),
        ("127.0.0.1:8086", "is no address"),
        ("http://me:secret@127.0.0.1:8086", "no user or password into the address"),
    ],
)
def test_a_wrong_address(socket_enabled: None, url: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    del socket_enabled
    assert main(["--url", url]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert "secret" not in said


def test_https_to_a_server_without(server: Management, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", server.url.replace("http", "https")]) == 2
    assert "does not speak TLS" in capsys.readouterr().err
