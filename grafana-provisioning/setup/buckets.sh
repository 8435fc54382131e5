#!/usr/bin/env bash
# Runs once inside the compose project: makes what is missing of the buckets, and a token for Grafana and one for Home
# Assistant in the volume /tokens. Running it again changes nothing that is there.
set -euo pipefail

tokens=${TOKENS:-/tokens}

identity() { # identity BUCKET: prints its id, or nothing
  influx bucket list --hide-headers | awk -F '\t' -v name="$1" '$2 == name { print $1; exit }'
}
bucket() { # bucket NAME RETENTION: makes it unless it is there; prints its id
  local id
  id=$(identity "$1")
  if [ -z "$id" ]; then
    influx bucket create --name "$1" --retention "$2" >/dev/null
    id=$(identity "$1")
  fi
  [ -n "$id" ] || { echo "error: there is no bucket $1" >&2; exit 1; }
  echo "$id"
}
token() { # token FILE DESCRIPTION FLAG...: makes a token unless there is one; it can be read only now
  local file=$tokens/$1 description=$2 made
  shift 2
  [ ! -s "$file" ] || return 0
  made=$(influx auth create --description "$description" --json "$@" | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
  [ -n "$made" ] || { echo "error: InfluxDB gave no token" >&2; exit 1; }
  printf '%s' "$made" >"$file"
}

mkdir -p "$tokens"
read_flags=() write_flags=()
for name in $(printf '%s\n' "$BUCKET_WATER" "$BUCKET_ELECTRICITY" "$BUCKET_GAS" "$BUCKET_COSTS" | sort -u); do
  id=$(bucket "$name" "$RETENTION")
  read_flags+=(--read-bucket "$id") write_flags+=(--write-bucket "$id")
done
id=$(bucket "$BUCKET_DAILY" 0)
read_flags+=(--read-bucket "$id") write_flags+=(--write-bucket "$id")

token grafana "Grafana reads the meters" "${read_flags[@]}"
token home-assistant "Home Assistant writes the meters" "${write_flags[@]}"
# Grafana runs as a user of its own; nobody else mounts this volume.
chmod 0444 "$tokens/grafana"
chmod 0400 "$tokens/home-assistant"
echo "Buckets and tokens are in place."
