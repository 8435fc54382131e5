"""Every answer that a server can give, and what becomes of the points."""

from collections import deque
from collections.abc import Callable
from datetime import timedelta

import pytest

from custom_components.meter_vision.export.answers import Problem
from custom_components.meter_vision.export.delivery import LOOK_AGAIN, Delivery
from custom_components.meter_vision.export.server import Server
from custom_components.meter_vision.store.account_store import AccountStore

from .conftest import settings
from .queue import NOW, after, dead, fill, left
from .sink import READ_TOKEN, Fault, Sink

SECOND = timedelta(seconds=1)


def kept(sink: Sink) -> list[int]:
    """Return the numbers of the points that the server holds, in the order of their times."""
    return [int(values.removeprefix("reading=")) for _, values in sorted(sink.points.items())]


def test_points_arrive_once_in_order_and_are_gone(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(3))

    done = delivery.round(NOW)

    assert (done.delivered, done.problem, done.pause) == (3, None, None)
    assert kept(sink) == [0, 1, 2]
    assert left(store) == []
    (seen,) = sink.seen
    assert (seen["precision"], seen["org"], seen["bucket"]) == ("ms", "home", "water_meter")
    assert (seen["content-encoding"], seen["authorization"]) == ("gzip", "Token write-token")


def test_nothing_to_send_asks_nothing(delivery: Delivery, sink: Sink) -> None:
    assert delivery.round(NOW).pause is None
    assert sink.requests == []


def test_each_bucket_gets_a_request(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(2))
    fill(store, range(2, 4), "gas_meter")
    fill(store, range(4, 5))

    assert delivery.round(NOW).delivered == 5
    assert sink.requests == [("water_meter", 3), ("gas_meter", 2)]


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (Fault(429), Problem.BUSY),
        (Fault(503), Problem.BUSY),
        (Fault(500), Problem.SERVER_ERROR),
        (Fault(502, "<html>Bad Gateway</html>", plain=True), Problem.SERVER_ERROR),
        (Fault(504), Problem.SERVER_ERROR),
        (Fault(302, location="https://elsewhere/"), Problem.NOT_INFLUX),
        (Fault(405), Problem.NOT_INFLUX),
        (Fault(404, "404 page not found", plain=True), Problem.NOT_INFLUX),
        (Fault(502, content=b"\xff\xfe\x00"), Problem.NOT_INFLUX),
    ],
)
def test_what_passes_is_waited_for_and_nothing_is_lost(
    delivery: Delivery, store: AccountStore, sink: Sink, fault: Fault, problem: Problem
) -> None:
    fill(store, range(3))
    sink.faults.append(fault)

    done = delivery.round(NOW)

    assert (done.delivered, done.refused, done.problem, done.pause) == (0, 0, problem, SECOND)
    assert left(store) == [0, 1, 2]
    assert delivery.round(NOW).delivered == 3


def test_pauses_double_up_to_five_minutes_and_begin_anew_after_a_success(
    delivery: Delivery, store: AccountStore, sink: Sink
) -> None:
    fill(store, range(3))
    sink.faults.extend([Fault(429)] * 11)

    pauses = [delivery.round(NOW).pause for _ in range(11)]

    assert pauses == [timedelta(seconds=min(2**n, 300)) for n in range(11)]
    delivery.round(NOW)
    fill(store, range(3, 4))
    sink.faults.append(Fault(429))
    assert delivery.round(NOW).pause == SECOND


def test_any_part_of_a_pause_may_be_waited(store: AccountStore, server: Server, sink: Sink) -> None:
    delivery = Delivery(store, server, lambda longest: longest / 4)
    fill(store, range(1))
    sink.faults.append(Fault(500))
    assert delivery.round(NOW).pause == SECOND / 4


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("7", timedelta(seconds=7)),
        ("Sun, 22 Nov 2026 08:01:00 GMT", timedelta(minutes=1)),
        ("86400", timedelta(minutes=15)),
        ("Sun, 22 Nov 2020 08:01:00 GMT", SECOND),
        ("-5", SECOND),
        ("soon", SECOND),
    ],
)
def test_the_server_may_say_how_long(
    delivery: Delivery, store: AccountStore, sink: Sink, header: str, pause: timedelta
) -> None:
    fill(store, range(1))
    sink.faults.append(Fault(503, retry_after=header))
    assert delivery.round(NOW).pause == pause


def test_a_server_that_hangs_is_not_waited_for(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(1))
    sink.slow = 2.3

    done = delivery.round(NOW)

    assert (done.problem, left(store)) == (Problem.TIMEOUT, [0])


def test_a_server_that_is_gone(store: AccountStore, socket_enabled: None) -> None:
    del socket_enabled
    server = Server(settings("http://127.0.0.1:9"), timeout=timedelta(seconds=2))
    fill(store, range(1))

    done = Delivery(store, server, lambda longest: longest).round(NOW)

    assert (done.problem, left(store)) == (Problem.UNREACHABLE, [0])
    assert not server.is_up()
    server.close()


@pytest.mark.parametrize(("token", "problem"), [("wrong", Problem.TOKEN), (READ_TOKEN, Problem.READ_ONLY)])
def test_a_refused_token_stops_everything_but_loses_nothing(
    store: AccountStore, sink: Sink, token: str, problem: Problem
) -> None:
    fill(store, range(2))
    fill(store, range(2, 3), "gas_meter")
    server = Server(settings(sink.url, token=token))

    done = Delivery(store, server, lambda longest: longest).round(NOW)

    server.close()
    assert (done.problem, done.pause, done.delivered) == (problem, LOOK_AGAIN, 0)
    assert left(store) == [0, 1, 2]
    assert len(sink.seen) == 1
    assert token not in done.message


def test_a_missing_bucket_holds_up_no_other(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    sink.buckets.remove("water_meter")
    fill(store, range(2))
    fill(store, range(2, 4), "gas_meter")

    done = delivery.round(NOW)

    assert (done.delivered, done.problem, done.pause, done.again) == (2, Problem.BUCKET_MISSING, None, LOOK_AGAIN)
    assert left(store) == [0, 1]
    fill(store, range(4, 5), "gas_meter")
    done = delivery.round(after(minutes=5))
    assert (done.delivered, done.problem, len(sink.requests)) == (1, Problem.BUCKET_MISSING, 3)
    sink.buckets.add("water_meter")
    done = delivery.round(after(minutes=15))
    assert (done.delivered, done.problem, left(store)) == (2, None, [])


TYPE_CONFLICT = "failure writing points to database: partial write: field type conflict dropped=1"
OLD_CONFLICT = "partial write: field type conflict"


@pytest.mark.parametrize("answer", [(422, TYPE_CONFLICT), (400, OLD_CONFLICT)])
def test_bad_lines_among_good_ones_are_found(
    delivery: Delivery, store: AccountStore, sink: Sink, answer: tuple[int, str]
) -> None:
    """The server keeps the others of a request."""
    fill(store, range(300))
    sink.partial = {"reading=0 ": answer, "reading=17 ": answer, "reading=299 ": answer}

    done = delivery.round(NOW)

    assert (done.delivered, done.refused, done.problem) == (297, 3, None)
    assert dead(store) == dict.fromkeys((0, 17, 299), answer[1])
    assert kept(sink) == [number for number in range(300) if number not in {0, 17, 299}]
    assert left(store) == []
    assert len(sink.requests) < 60


def test_a_line_for_which_all_others_are_turned_down_is_found(
    delivery: Delivery, store: AccountStore, sink: Sink
) -> None:
    fill(store, range(300))
    sink.whole = {"reading=17 ": (400, "unable to parse")}

    done = delivery.round(NOW)

    assert (done.delivered, dead(store), left(store)) == (299, {17: "unable to parse"}, [])


def test_where_everything_is_turned_down_it_is_not_the_lines(
    delivery: Delivery, store: AccountStore, sink: Sink
) -> None:
    fill(store, range(500))
    sink.whole = {"reading": (400, "some proxy")}

    done = delivery.round(NOW)

    assert (done.problem, done.pause, done.refused) == (Problem.REFUSED, SECOND, 200)
    assert len(left(store)) == 300
    sink.whole = {}
    assert delivery.round(after(seconds=2)).delivered == 300


def test_too_large_is_halved_and_remembered(
    make_delivery: Callable[..., Delivery], store: AccountStore, sink: Sink
) -> None:
    fill(store, range(800))
    sink.largest = 10_000
    delivery = make_delivery()

    while left(store):
        delivery.round(NOW)

    assert (kept(sink), dead(store)) == (list(range(800)), {})
    sink.requests.clear()
    fill(store, range(800, 1600))
    while left(store):
        delivery.round(NOW)
    assert len(kept(sink)) == sum(count for _, count in sink.requests) + 800 == 1600, "nothing is sent twice any more"


def test_one_line_that_is_too_large_is_refused(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(1))
    sink.largest = 5
    assert delivery.round(NOW).refused == 1
    assert dead(store) == {0: "too large"}


def rounds(delivery: Delivery, count: int) -> int:
    """Make rounds as long as the pauses ask for; return how many points arrived."""
    return sum(delivery.round(NOW).delivered for _ in range(count))


def test_a_line_over_which_the_server_stumbles_stops_nothing_for_good(
    delivery: Delivery, store: AccountStore, sink: Sink
) -> None:
    fill(store, range(100))
    sink.whole = {"reading=40 ": (500, "panic: index out of range")}

    assert rounds(delivery, 5) == 0
    assert dead(store) == {}, "not before it has been tried several times"
    assert rounds(delivery, 1) == 99
    assert dead(store) == {40: "panic: index out of range"}
    assert left(store) == []


def test_the_last_line_is_not_accused_before_another_gets_through(
    delivery: Delivery, store: AccountStore, sink: Sink
) -> None:
    fill(store, range(1))
    sink.whole = {"reading=0 ": (500, "panic")}
    rounds(delivery, 12)
    assert (left(store), dead(store)) == ([0], {})

    fill(store, range(1, 2))
    rounds(delivery, 7)

    assert (left(store), dead(store)) == ([], {0: "panic"})


def test_a_server_without_room_accuses_no_line(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(400))
    sink.faults = deque([Fault(500, "disk full")] * 2000)

    assert rounds(delivery, 12) == 0
    assert (len(left(store)), dead(store)) == (400, {})
    assert len(sink.requests) < 5 + 7 * 30
    sink.faults.clear()
    assert rounds(delivery, 1) == 400


def test_a_long_backlog_goes_in_larger_requests(
    make_delivery: Callable[..., Delivery], store: AccountStore, sink: Sink
) -> None:
    fill(store, range(12_000))
    delivery = make_delivery(most_lines=4000)

    while left(store):
        assert delivery.round(NOW).pause in {None, timedelta(0)}

    assert [count for _, count in sink.requests] == [500, 2000, 4000, 4000, 1500]
    fill(store, range(3))
    delivery.round(NOW)
    fill(store, range(700))
    delivery.round(NOW)
    assert sink.requests[-1] == ("water_meter", 500)


def test_stopping_sends_no_further_request(delivery: Delivery, store: AccountStore, sink: Sink) -> None:
    fill(store, range(2))
    delivery.stop()
    assert delivery.round(NOW).delivered == 0
    assert (sink.requests, left(store)) == ([], [0, 1])


def test_no_secret_in_what_can_be_seen(server: Server, sink: Sink) -> None:
    sink.faults.append(Fault(500, "no"))
    answer = server.write("water_meter", ["a b=1 1"], NOW)
    assert "write-token" not in repr(answer) + repr(settings(sink.url)) + str(settings(sink.url))
