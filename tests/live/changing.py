"""Scenarios of upkeep that change something: each part of a meter, the account, its export and options."""

from __future__ import annotations

from tests.export.sink import READ_TOKEN, WRITE_TOKEN, Fault, Sink

from .hand import ACCOUNT_ROW
from .mending import WATER
from .tended import Tended

_RENAMED = "Water, cellar"


async def change_camera(home: Tended) -> None:
    """Another name, and another address of the camera, after one that nobody answers at."""
    await home.reconfigure(WATER, "Name and camera")
    await home.hand.type("name", _RENAMED)
    await home.hand.type("url", "http://127.0.0.1:9/snapshot.jpg")
    await home.hand.press("Next")
    await home.hand.page.get_by_text("Nobody answers at").first.wait_for()
    await home.picture("camera-dead")
    await home.hand.type("url", f"{home.simulator.cameras}/water/stream.mjpeg")
    await home.hand.press("Next")
    await home.hand.arrive("Is this your meter?")
    await home.hand.press("Next")
    await home.done()
    await home.kept.wait_until("the camera is kept", lambda: "stream" in home.kept.meter(_RENAMED)["camera"]["url"])
    await home.read(_RENAMED)
    await home.expect(_RENAMED, status="ok")
    await home.reconfigure(_RENAMED, "Name and camera")
    await home.hand.type("name", WATER)
    await home.hand.press("Next")
    await home.done()
    await home.kept.wait_until("the name is kept", lambda: bool(home.kept.meter(WATER)))


async def change_view(home: Tended) -> None:
    """Another box, which makes a test reading necessary."""
    before = home.kept.meter(WATER)["crop"]
    await home.reconfigure(WATER, "Rotation and box")
    await home.hand.arrive("Is this your meter?")
    await home.hand.browser.settle()
    await home.hand.draw_box()
    await home.picture("view")
    await home.hand.press("Next")
    await _confirm(home, "view-reading")
    await home.kept.wait_until("the box is kept", lambda: home.kept.meter(WATER)["crop"] != before)


async def change_register(home: Tended) -> None:
    """A marking beside the register."""
    await home.reconfigure(WATER, "Register")
    await home.hand.arrive("Register")
    await home.picture("register")
    await home.hand.choose("Rarely needed")
    await home.hand.type("label", "cold")
    await home.picture("register-rare")
    await home.hand.press("Next")
    await _confirm(home, "register-reading")
    await home.kept.wait_until("the marking is kept", lambda: home.kept.meter(WATER)["registers"][0]["label"] == "cold")


async def confirm_anew(home: Tended) -> None:
    """The reading, confirmed as it is."""
    before = home.kept.meter(WATER)["registers"][0]["initial"]
    await home.reconfigure(WATER, "Confirm the reading anew")
    await _confirm(home, "anew")
    await home.kept.wait_until(
        "the reading is kept", lambda: home.kept.meter(WATER)["registers"][0]["initial"] != before
    )


async def change_settings(home: Tended) -> None:
    """Interval, model and ceiling."""
    await home.reconfigure(WATER, "Interval, model and limits")
    await home.hand.type_number("Time between readings", "30")
    await home.hand.pick("Model", "Claude Opus 5.5")
    await home.hand.type("hard_ceiling", "nothing")
    await home.hand.press("Submit")
    await home.hand.arrive("The highest use per hour is a number above zero.")
    await home.picture("settings")
    await home.hand.type("hard_ceiling", "2,5")
    await home.hand.press("Submit")
    await home.done()

    def kept() -> bool:
        meter = home.kept.meter(WATER)
        model, ceiling = meter["reader"].get("model"), meter["registers"][0]["hard_ceiling"]
        return (meter["interval"]["normal"], model, ceiling) == (1800, "claude-opus-5-5", "2.5")

    await home.kept.wait_until("interval, model and ceiling are kept", kept)


async def change_tariff(home: Tended) -> None:
    """Two numbers, of which one is refused first, and a band."""
    await home.reconfigure(WATER, "Tariff")
    await home.hand.arrive("Tariff")
    await home.picture("tariff")
    await home.hand.type("price", "much")
    await home.hand.press("Submit")
    await home.hand.page.get_by_text("An amount is missing or is no number").first.wait_for()
    await home.hand.type("price", "4,35")
    await home.hand.type("standing_charge_per_day", "0.3")
    await home.hand.choose("Bands, tiers and more")
    await home.hand.page.locator("ha-selector-object").first.scroll_into_view_if_needed()
    await home.picture("tariff-more")
    await home.hand.page.locator("ha-selector-object").first.locator("ha-button").click()
    await home.hand.browser.settle()
    await home.hand.page.locator("dialog-form input:visible").first.fill("2.10")
    await home.picture("tariff-band")
    await home.hand.press("Add")
    await home.hand.press("Submit")
    await home.done()

    def kept() -> bool:
        tariff = home.kept.meter(WATER)["registers"][0].get("tariff", {})
        prices = (tariff.get("price"), tariff.get("standing_charge_per_day"))
        return prices == ("4.35", "0.3") and "bands" in tariff

    await home.kept.wait_until("the prices are kept", kept)


async def change_alarms(home: Tended) -> None:
    """When a leak is suspected."""
    await home.reconfigure(WATER, "Alarms")
    await home.hand.type_number("Hours without a standstill", "4")
    await home.picture("alarms")
    await home.hand.press("Submit")
    await home.done()
    await home.kept.wait_until("the hours are kept", lambda: home.kept.meter(WATER)["registers"][0]["leak_hours"] == 4)


async def describe_anew(home: Tended) -> None:
    """The whole meter, as if it were new."""
    await home.reconfigure(WATER, "Have the meter described anew")
    await home.hand.arrive("Is this your meter?")
    await home.picture("described-anew")
    await home.hand.press("Next")
    await _confirm(home, "described-reading")


async def change_account(home: Tended) -> None:
    """Another key and the usual model again."""
    await _reconfigure_account(home, "Key and address of Claude")
    await home.picture("account")
    await home.hand.type("api_key", "sk-ant-another")
    await home.hand.pick("Model", "Claude Haiku 5.5")
    await home.hand.press("Submit")
    await home.done()
    await home.kept.wait_until("the key is kept", lambda: home.kept.entry()["data"]["api_key"] == "sk-ant-another")


async def begin_export(home: Tended, sink: Sink) -> None:
    """An export with a token that may only read, then with one that may write."""
    await _reconfigure_account(home, "Export to InfluxDB")
    await home.picture("export")
    await home.hand.type("url", sink.url)
    await home.hand.type("org", "home")
    await home.hand.type("token", READ_TOKEN)
    await home.hand.press("Submit")
    await home.hand.page.get_by_text("This token may not write to").first.wait_for()
    await home.picture("export-refused")
    await home.hand.type("token", WRITE_TOKEN)
    await home.hand.press("Submit")
    await home.done()
    await home.read(WATER)
    await home.kept.wait_until("points arrive", lambda: bool(sink.points))


async def refused_points(home: Tended, sink: Sink) -> None:
    """Points that the server refuses are sent again, and forgotten."""
    for line, name in (("Forget them", "forget"), ("Send them again", "retry")):
        sink.partial["reading"] = (400, "partial write: field type conflict")
        await home.read(WATER)
        await home.expect_issues("export_dead_letters")
        sink.partial.clear()
        await home.open_repair("refuses points")
        await home.picture(f"export-{name}")
        await home.hand.choose(line)
        await home.expect_issues()


async def missing_bucket(home: Tended, sink: Sink) -> None:
    """A bucket is missing, which only the server's owner can put right."""
    sink.buckets.clear()
    await home.read(WATER)
    await home.expect_issues("export_bucket_missing")
    await home.open_repair("is missing in InfluxDB")
    await home.picture("export-bucket")


async def renew_token(home: Tended, sink: Sink) -> None:
    """The server refuses the token of the export, and the first new one may only read."""
    sink.faults.append(Fault(401, "unauthorized access"))
    await home.read(WATER)
    await home.open_account()
    await home.hand.arrive("Attention required")
    await home.hand.press("Reconfigure")
    await home.hand.arrive("New token for InfluxDB")
    await home.hand.type("token", READ_TOKEN)
    await home.hand.press("Submit")
    await home.hand.page.get_by_text("This token may not write to").first.wait_for()
    await home.picture("export-token")
    await home.hand.type("token", WRITE_TOKEN)
    await home.hand.press("Submit")
    await home.done()
    before = sink.accepted
    await home.read(WATER)
    await home.kept.wait_until("points arrive again", lambda: sink.accepted > before)


async def end_export(home: Tended) -> None:
    """Nothing is sent any more, and nothing is asked about it."""
    await _reconfigure_account(home, "End the export")
    await home.done()
    await home.kept.wait_until("the export is forgotten", lambda: "export" not in home.kept.entry()["data"])
    await home.expect_issues()


async def change_options(home: Tended) -> None:
    """Monthly limit, budget, journal."""
    for line, name, number, label in (
        ("Monthly limit", "spending", "12.5", "Limit"),
        ("Journal and pictures", "journal", "30", "Keep for"),
    ):
        await open_options(home, line)
        await home.hand.type_number(label, number)
        await home.picture(f"options-{name}")
        await home.hand.press("Submit")
        await home.done()
    options = home.kept.entry
    await home.kept.wait_until(
        "the options are kept",
        lambda: (options()["options"].get("monthly_limit"), options()["options"].get("journal_days")) == (12.5, 30),
    )


async def change_prices(home: Tended) -> None:
    """What a model costs at a gateway: one of the two prices is not enough."""
    await open_options(home, "Prices of the models")
    await home.hand.pick_or_type("Model", "claude-haiku-5-5")
    await home.hand.type_number("A million input tokens", "0.5")
    await home.hand.press("Submit")
    await home.hand.arrive("Enter both prices, or none.")
    await home.picture("prices")
    await home.hand.type_number("A million output tokens", "2.5")
    await home.hand.press("Submit")
    await home.done()
    await home.kept.wait_until(
        "the prices are kept", lambda: "claude-haiku-5-5" in home.kept.entry()["options"].get("prices", {})
    )


async def open_options(home: Tended, line: str) -> None:
    """Open the account's options at a line of their menu."""
    await home.open_account()
    await home.hand.page.locator(ACCOUNT_ROW).first.get_by_role("button", name="Configure", exact=True).click()
    await home.hand.arrive("Options")
    await home.picture("options")
    await home.hand.choose(line)


async def _reconfigure_account(home: Tended, line: str) -> None:
    await home.open_account()
    await home.hand.open_menu(ACCOUNT_ROW, "Reconfigure")
    await home.hand.arrive("Meter Vision account")
    await home.picture("account-menu")
    await home.hand.choose(line)


async def _confirm(home: Tended, name: str) -> None:
    """Confirm the test reading that a change has made necessary."""
    await home.hand.arrive("First reading")
    await home.picture(name)
    await home.hand.press("Submit")
    await home.done()
