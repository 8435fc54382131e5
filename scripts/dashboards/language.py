"""The two languages of queries, and the names that dashboards in each of them use."""

from enum import StrEnum

from . import flux, influxql
from .model import Query, Source

KINDS = ("water", "electricity", "gas")


class Language(StrEnum):
    """Flux for InfluxDB 2.x, InfluxQL for 1.x, 3 and 2.x as well."""

    FLUX = "flux"
    INFLUXQL = "influxql"

    @property
    def title(self) -> str:
        """Return the language's name as people write it."""
        return "Flux" if self is Language.FLUX else "InfluxQL"

    @property
    def is_sql_like(self) -> bool:
        """Return whether series get their names from an alias and tables from a result format."""
        return self is Language.INFLUXQL

    def render(self, query: Query) -> str:
        """Return a query in this language."""
        return flux.render(query) if self is Language.FLUX else influxql.render(query)

    def render_for_alert(self, query: Query) -> str:
        """Return a query whose series keep their tags; in InfluxQL they always do."""
        return flux.render(query, labels=True) if self is Language.FLUX else influxql.render(query)

    def alias(self, query: Query) -> str:
        """Return how series are named."""
        return influxql.alias(query)

    def tag_values(self, tag: str, measurements: tuple[str, ...], within: tuple[str, ...]) -> str:
        """Return the query that fills a template variable."""
        render = flux.tag_values if self is Language.FLUX else influxql.tag_values
        return render(tag, measurements, within)

    def uid(self, name: str) -> str:
        """Return the address of a dashboard or a datasource."""
        return f"meter-vision-{self.value}-{name}"

    def datasource(self, source: Source) -> dict[str, str]:
        """Return how a panel names its datasource."""
        return {"type": "influxdb", "uid": "${utility}" if source is Source.CHOSEN else self.uid(source.value)}

    def datasource_name(self, source: Source) -> str:
        """Return the name people see."""
        return f"Meter Vision {source.value} ({self.title})"
