#!/usr/bin/env bash
# Runs OpenStack's own test suite against a fresh in-memory cloud.
#   run.sh [LIST_FILE | --match REGEX] [--out DIR] [--concurrency N]
# Without arguments it runs passing.txt, which is what CI does. Exit status 0 means that every test of the list passed.
# With --match it runs whatever matches (how the list grows), and reports all the same.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../venvs.sh" tempest
exec "$here/../../../.venv-tempest/bin/python" "$here/run.py" "$@"
