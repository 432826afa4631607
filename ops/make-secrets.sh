#!/bin/sh
# Makes the secrets that docker-compose.yml names, once: passwords of their own for PostgreSQL, Valkey
# and the S3-compatible store, and the URLs that carry them. What is there stays as it is.
#   sh ops/make-secrets.sh [FOLDER]     default: secrets/ beside docker-compose.yml
set -eu
folder=${1:-$(dirname "$0")/../secrets}
umask 077
mkdir -p "$folder"

password() {
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# Nobody else enters the folder; in a container the file is read by the container's own user.
keep() {
  if [ -e "$folder/$1" ]; then return; fi
  printf '%s\n' "$2" >"$folder/$1"
  chmod 0444 "$folder/$1"
  printf 'made %s\n' "$folder/$1"
}

keep postgres-password "$(password)"
keep valkey-password "$(password)"
keep s3-password "$(password)"
postgres=$(cat "$folder/postgres-password")
valkey=$(cat "$folder/valkey-password")
s3=$(cat "$folder/s3-password")
keep valkey-conf "requirepass $valkey"
keep journal-url "postgres://raccord:$postgres@postgres:5432/raccord"
keep queue-url "redis://:$valkey@valkey:6379/0"
keep payloads-url "s3://raccord:$s3@raccord-payloads/?endpoint=http%3A%2F%2Fs3%3A7070"
