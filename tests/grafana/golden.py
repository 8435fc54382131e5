"""A house to reckon by hand: two registers, a rollover, a correction, a gap, a new tariff and a long day.

Berlin, around the end of summer time: 25 October 2026 has 25 hours. It is noon on 2 November.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from custom_components.meter_vision.export.schema import Bucket

ZONE: Final = ZoneInfo("Europe/Berlin")
NOW: Final = datetime(2026, 11, 2, 12, tzinfo=ZONE)
DAY: Final = "meter_id=house,register=day,site=home,unit=kWh"
NIGHT: Final = "meter_id=house,register=night,site=home,unit=kWh"
COLD: Final = "meter_id=cold-water,register=main,site=home,unit=m³"
BOILER: Final = "meter_id=boiler,register=main,site=home,unit=kWh"
MONEY: Final = "meter_id=house,register=day,site=home,unit=EUR"
ACCOUNT: Final = "meter_id=_account,register=_all,site=home,unit=points"

# Local time, reading, consumption, power in W. Nothing was read from the 27th to the morning of the 30th.
HOUSE_DAY: Final = """
2026-10-24T23:30:00+02:00  51000  1000  400
2026-10-25T12:00:00+01:00  51006  1006  444
2026-10-25T23:30:00+01:00  51013  1013  609
2026-10-26T23:30:00+01:00  51023  1023  417
2026-10-30T08:00:00+01:00  51055  1055  398
2026-10-31T23:30:00+01:00  51067  1067  304
2026-11-01T12:00:00+01:00  51071  1071  320
2026-11-01T23:30:00+01:00  51075  1075  348
2026-11-02T11:30:00+01:00  51079  1079  333
"""
HOUSE_NIGHT: Final = """
2026-10-24T23:30:00+02:00  7000  500  100
2026-10-25T23:30:00+01:00  7005  505  200
2026-10-31T23:30:00+01:00  7023  523  125
2026-11-01T23:30:00+01:00  7026  526  125
2026-11-02T11:30:00+01:00  7028  528  167
"""
MISREAD: Final = "2026-10-26T23:30:00+01:00  51123  1123  4583"
"""What was published first for the day register; its correction replaces the point."""

# The register of five figures is full on the 31st. Reading, consumption, flow in m³/h.
WATER: Final = """
2026-10-24T23:45:00+02:00  99997.25  300.25  0.010
2026-10-25T02:30:00+02:00  99997.50  300.50  0.091
2026-10-25T02:30:00+01:00  99997.75  300.75  0.250
2026-10-25T23:45:00+01:00  99998.75  301.75  0.047
2026-10-30T23:45:00+01:00  99999.50  302.50  0.006
2026-10-31T23:45:00+01:00      0.75  303.75  0.052
2026-11-01T23:45:00+01:00      1.25  304.25  0.021
2026-11-02T11:45:00+01:00      1.75  304.75  0.042
"""
GAS: Final = """
2026-10-31T23:30:00+01:00  2000  22000  900
2026-11-01T23:30:00+01:00  2004  22044  1.833
2026-11-02T11:30:00+01:00  2005  22055  0.917
"""

# Local time, running cost, added, price, standing charge in it, month so far, expected. A new price from 1 November.
COSTS: Final = """
2026-10-25T23:30:00+01:00   82.30  4.40  0.30  0.50  77.30  93.00
2026-10-26T23:30:00+01:00   85.80  3.50  0.30  0.50  80.80  93.50
2026-10-30T08:00:00+01:00   97.40 11.60  0.30  2.00  92.40  95.00
2026-10-31T23:30:00+01:00  101.50  4.10  0.30  0.50  96.50  96.50
2026-11-01T12:00:00+01:00  103.60  2.10  0.40  0.50   2.10  63.00
2026-11-01T23:30:00+01:00  105.20  1.60  0.40  0.00   3.70  74.00
2026-11-02T11:30:00+01:00  107.30  2.10  0.40  0.50   5.80  87.00
"""
COSTS_OF_NIGHT: Final = "2026-11-02T11:30:00+01:00  22  0  0.20  0  1.0  12"
COSTS_OF_WATER: Final = "2026-11-02T11:45:00+01:00  20  0  4.20  0  2.0  30"
COSTS_OF_GAS: Final = "2026-11-02T11:30:00+01:00  40  0  0.10  0  4.5  70"

# The day it begins, what was used, the total at its end, cost, readings, estimated, lowest and highest use per hour. At
# a midnight the total lies on a straight line between the readings around it: 1000 + 6 x 0.5 h / 13.5 h = 1000.222.
DAILY_DAY: Final = """
2026-10-24T00:00:00+02:00   0.222  1000.222  0.57  1  0  -      -
2026-10-25T00:00:00+02:00  12.986  1013.208  4.40  2  0  0.4444 0.6087
2026-10-26T00:00:00+01:00   9.990  1023.198  3.50  1  0  0.4167 0.4167
2026-10-27T00:00:00+01:00   9.541  1032.739  3.36  0  1  -      -
2026-10-28T00:00:00+01:00   9.540  1042.279  3.36  0  1  -      -
2026-10-29T00:00:00+01:00   9.540  1051.819  3.36  0  1  -      -
2026-10-30T00:00:00+01:00   8.041  1059.860  2.91  1  0  0.3975 0.3975
2026-10-31T00:00:00+01:00   7.300  1067.160  2.69  1  0  0.3038 0.3038
2026-11-01T00:00:00+01:00   8.006  1075.166  3.70  2  0  0.3200 0.3478
2026-11-02T00:00:00+01:00   3.834  1079.000  2.03  1  0  0.3333 0.3333
"""
DAILY_NIGHT: Final = """
2026-10-24T00:00:00+02:00  0.100  500.100  0.02  1  0  -      -
2026-10-25T00:00:00+02:00  4.962  505.062  0.99  1  0  0.2000 0.2000
2026-10-26T00:00:00+01:00  3.000  508.062  0.60  0  1  -      -
2026-10-27T00:00:00+01:00  3.000  511.062  0.60  0  1  -      -
2026-10-28T00:00:00+01:00  3.000  514.062  0.60  0  1  -      -
2026-10-29T00:00:00+01:00  3.000  517.062  0.60  0  1  -      -
2026-10-30T00:00:00+01:00  3.000  520.062  0.60  0  1  -      -
2026-10-31T00:00:00+01:00  3.000  523.062  0.60  1  0  0.1250 0.1250
2026-11-01T00:00:00+01:00  3.021  526.083  0.60  1  0  0.1250 0.1250
2026-11-02T00:00:00+01:00  1.917  528.000  0.38  1  0  0.1667 0.1667
"""
DAILY_WATER: Final = """
2026-10-24T00:00:00+02:00  0.022  300.272  0.09  1  0  -      -
2026-10-25T00:00:00+02:00  1.479  301.751  6.21  3  0  0.0471 0.2500
2026-10-26T00:00:00+01:00  0.150  301.901  0.63  0  1  -      -
2026-10-27T00:00:00+01:00  0.150  302.051  0.63  0  1  -      -
2026-10-28T00:00:00+01:00  0.150  302.201  0.63  0  1  -      -
2026-10-29T00:00:00+01:00  0.150  302.351  0.63  0  1  -      -
2026-10-30T00:00:00+01:00  0.162  302.513  0.68  1  0  0.0062 0.0062
2026-10-31T00:00:00+01:00  1.242  303.755  5.22  1  0  0.0521 0.0521
2026-11-01T00:00:00+01:00  0.505  304.260  2.12  1  0  0.0208 0.0208
2026-11-02T00:00:00+01:00  0.490  304.750  2.06  1  0  0.0417 0.0417
"""
DAILY_GAS: Final = """
2026-10-31T00:00:00+01:00   0.916  22000.916  0.09  1  0  -      -
2026-11-01T00:00:00+01:00  43.542  22044.458  4.35  1  0  1.8333 1.8333
2026-11-02T00:00:00+01:00  10.542  22055.000  1.05  1  0  0.9167 0.9167
"""
# Months are longer than the readings above.
MONTHLY_DAY: Final = """
2025-10-01T00:00:00+02:00  280  500   90  700  0  0  2
2025-11-01T00:00:00+01:00  300  800   95  700  0  0  2
2025-12-01T00:00:00+01:00  320  900  100  700  0  0  2
2026-10-01T00:00:00+02:00  310 1067   96.5 700 0  0  2
2026-11-01T00:00:00+01:00   12 1079    5.8   3 0  0  1
"""
MONTHLY_NIGHT: Final = """
2025-11-01T00:00:00+01:00  110  300   20  700  0  0  1
2026-10-01T00:00:00+02:00  115  523   21  700  0  0  1
2026-11-01T00:00:00+01:00    5  528    1    3  0  0  1
"""
MONTHLY_WATER: Final = """
2026-10-01T00:00:00+02:00  9.5  303.75  30  700  0  0  1
2026-11-01T00:00:00+01:00  1.0  304.75   2    3  0  0  1
"""
MONTHLY_GAS: Final = """
2026-10-01T00:00:00+02:00 600  22000  60  700  0  0  3
2026-11-01T00:00:00+01:00  55  22055  4.5  3  0  0  2
"""

# Accepted, held, rejected, unreadable, confidence, margin, tokens in, out, cost in USD, rule.
LOOKS: Final = """
2026-11-01T12:00:00+01:00  1 0 0 0 1.0 6.0 1950 150 0.0081 in_window
2026-11-01T23:30:00+01:00  0 1 0 0 0.5 2.0 1950 150 0.0081 above_window
2026-11-01T23:31:00+01:00  1 0 0 0 1.0 5.0 1950 150 0.0081 resolved_by_history
2026-11-02T11:30:00+01:00  1 0 0 0 1.0 7.0 2050 150 0.0084 in_window
"""
STATUS: Final = """
2026-11-02T11:30:00+01:00  250  900  2  3.5  4.0  80
"""
MEASURED: Final = {
    "electric_meter": "reading consumption power",
    "water_meter": "reading consumption flow_rate",
    "gas_meter": "reading consumption flow_rate",
    "utility_costs": "cost delta price standing month_to_date forecast",
    "rollup": "consumption total cost readings estimated minimum_rate maximum_rate",
    "export_status": "backlog oldest_age dead_letters api_cost_month api_budget cost_budget",
    "meter_quality": "accepted held rejected unreadable confidence margin input_tokens output_tokens api_cost rule",
}


def lines(measurement: str, tags: str, table: str, fields: str = "") -> Iterator[str]:
    """Yield the line protocol of a table: a local time and the fields in their order."""
    names = MEASURED[fields or measurement].split()
    for row in table.strip().splitlines():
        time, *values = row.split()
        said = ",".join(_field(name, value) for name, value in zip(names, values, strict=True) if value != "-")
        yield f"{measurement},{tags} {said} {int(datetime.fromisoformat(time).timestamp() * 1000)}"


def _field(name: str, value: str) -> str:
    return f'{name}="{value}"' if name == "rule" else f"{name}={float(value)}"


POINTS: Final[dict[Bucket, list[str]]] = {
    Bucket.ELECTRICITY: [
        *lines("electric_meter", DAY, HOUSE_DAY),
        *lines("electric_meter", NIGHT, HOUSE_NIGHT),
        *lines("meter_quality", DAY, LOOKS),
    ],
    Bucket.WATER: [*lines("water_meter", COLD, WATER), *lines("meter_quality", COLD, LOOKS)],
    Bucket.GAS: list(lines("gas_meter", BOILER, GAS)),
    Bucket.COSTS: [
        *lines("utility_costs", MONEY, COSTS),
        *lines("utility_costs", NIGHT.replace("kWh", "EUR"), COSTS_OF_NIGHT),
        *lines("utility_costs", COLD.replace("m³", "EUR"), COSTS_OF_WATER),
        *lines("utility_costs", BOILER.replace("kWh", "EUR"), COSTS_OF_GAS),
        *lines("export_status", ACCOUNT, STATUS),
    ],
    Bucket.DAILY: [
        *lines("electric_daily", DAY, DAILY_DAY, "rollup"),
        *lines("electric_daily", NIGHT, DAILY_NIGHT, "rollup"),
        *lines("water_daily", COLD, DAILY_WATER, "rollup"),
        *lines("gas_daily", BOILER, DAILY_GAS, "rollup"),
        *lines("electric_monthly", DAY, MONTHLY_DAY, "rollup"),
        *lines("electric_monthly", NIGHT, MONTHLY_NIGHT, "rollup"),
        *lines("water_monthly", COLD, MONTHLY_WATER, "rollup"),
        *lines("gas_monthly", BOILER, MONTHLY_GAS, "rollup"),
    ],
}
FIRST_WRITTEN: Final = list(lines("electric_meter", DAY, MISREAD))
"""Goes to the electricity bucket before its points do."""
