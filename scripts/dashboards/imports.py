"""Makes a dashboard ask for its datasources, as Grafana's import page expects."""

from typing import Any, Final

from .language import Language

PREFIXES: Final = tuple(language.uid("") for language in Language)


def for_import(dashboard: dict[str, Any]) -> dict[str, Any]:
    """Return the dashboard with an input in place of each provisioned datasource."""
    inputs: dict[str, dict[str, str]] = {}
    made = _replaced(dashboard, inputs)
    return {"__inputs": [inputs[name] for name in sorted(inputs)], **made}


def _replaced(node: Any, inputs: dict[str, dict[str, str]]) -> Any:
    if isinstance(node, list):
        return [_replaced(item, inputs) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "influxdb" and str(node.get("uid", "")).startswith(PREFIXES):
        kind = node["uid"].rpartition("-")[2]
        name = f"DS_{kind.upper()}"
        inputs[name] = {
            "name": name,
            "label": f"InfluxDB: {kind}",
            "description": f"The datasource whose default bucket or database holds the points of: {kind}",
            "type": "datasource",
            "pluginId": "influxdb",
            "pluginName": "InfluxDB",
        }
        return {**node, "uid": f"${{{name}}}"}
    return {key: _replaced(value, inputs) for key, value in node.items()}
