"""The Grafana dashboards and alert rules, described once and rendered in Flux and in InfluxQL."""
