"""The keys that Grafana knows, as far as these dashboards use them; another key is most likely a slip."""

from typing import Final

TOP_KEYS: Final = frozenset(
    {
        "__inputs", "__requires", "annotations", "description", "editable", "fiscalYearStartMonth",
        "graphTooltip", "id", "links", "liveNow", "panels", "preload", "refresh", "schemaVersion", "tags",
        "templating", "time", "timepicker", "timezone", "title", "uid", "version", "weekStart",
    }
)  # fmt: skip
_COMMON: Final = frozenset({"datasource", "description", "gridPos", "id", "links", "title", "transparent", "type"})
_DATA: Final = _COMMON | {
    "cacheTimeout", "fieldConfig", "hideTimeOverride", "interval", "libraryPanel", "maxDataPoints",
    "maxPerRow", "options", "pluginVersion", "repeat", "repeatDirection", "targets", "timeFrom", "timeShift",
    "transformations",
}  # fmt: skip
PANEL_KEYS: Final = {
    "bargauge": _DATA,
    "barchart": _DATA,
    "gauge": _DATA,
    "heatmap": _DATA,
    "piechart": _DATA,
    "row": _COMMON | {"collapsed", "panels", "repeat"},
    "stat": _DATA,
    "state-timeline": _DATA,
    "status-history": _DATA,
    "table": _DATA,
    "text": _DATA,
    "timeseries": _DATA,
}
"""The kinds of panel, and what may stand in them."""
_SERIES: Final = frozenset({"annotations", "legend", "timezone", "tooltip"})
_REDUCED: Final = frozenset({"legend", "orientation", "reduceOptions", "text"})
OPTION_KEYS: Final = {
    "bargauge": _REDUCED
    | {
        "displayMode", "maxVizHeight", "minVizHeight", "minVizWidth", "namePlacement", "showUnfilled",
        "sizing", "valueMode",
    },
    "barchart": frozenset(
        {
            "barRadius", "barWidth", "colorByField", "fullHighlight", "groupWidth", "legend", "orientation",
            "showValue", "stacking", "text", "tooltip", "xField", "xTickLabelMaxLength", "xTickLabelRotation",
            "xTickLabelSpacing",
        }
    ),
    "gauge": _REDUCED | {"minVizHeight", "minVizWidth", "showThresholdLabels", "showThresholdMarkers", "sizing"},
    "heatmap": frozenset(
        {
            "calculate", "calculation", "cellGap", "cellRadius", "cellValues", "color", "exemplars",
            "filterValues", "legend", "rowsFrame", "selectionMode", "showValue", "tooltip", "yAxis",
        }
    ),
    "piechart": frozenset({"displayLabels", "legend", "pieType", "reduceOptions", "sort", "text", "tooltip"}),
    "stat": _REDUCED
    | {
        "colorMode", "graphMode", "justifyMode", "percentChangeColorMode", "showPercentChange", "textMode",
        "wideLayout",
    },
    "state-timeline": _SERIES | {"alignValue", "mergeValues", "perPage", "rowHeight", "showValue"},
    "status-history": _SERIES | {"colWidth", "perPage", "rowHeight", "showValue"},
    "table": frozenset({"cellHeight", "enablePagination", "footer", "frameIndex", "showHeader", "sortBy"}),
    "text": frozenset({"code", "content", "mode"}),
    "timeseries": _SERIES | {"orientation", "timeCompare"},
}  # fmt: skip
FIELD_KEYS: Final = frozenset(
    {
        "actions", "color", "custom", "decimals", "description", "displayName", "fieldMinMax", "filterable",
        "links", "mappings", "max", "min", "noValue", "path", "thresholds", "unit", "writeable",
    }
)  # fmt: skip
TARGET_KEYS: Final = frozenset(
    {
        "adhocFilters", "alias", "datasource", "groupBy", "hide", "interval", "intervalMs", "limit",
        "maxDataPoints", "measurement", "orderByTime", "policy", "query", "queryType", "rawQuery", "rawSql",
        "refId", "resultFormat", "select", "slimit", "tags", "tz",
    }
)  # fmt: skip
VARIABLE_KEYS: Final = frozenset(
    {
        "allValue", "allowCustomValue", "auto", "auto_count", "auto_min", "current", "datasource",
        "definition", "description", "hide", "includeAll", "label", "multi", "name", "options", "query",
        "refresh", "regex", "skipUrlSync", "sort", "staticOptions", "staticOptionsOrder", "type",
    }
)  # fmt: skip
