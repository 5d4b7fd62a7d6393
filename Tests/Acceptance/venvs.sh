#!/usr/bin/env bash
# Makes one virtual environment per set of pinned clients: .venv-NAME in the root of the repository.
#   venvs.sh [NAME...]      names: tools nova18 nova7 nova6 mitaka tempest python pythons (default: the first six)
# One each, because novaclients of different years cannot live together. A venv whose requirements (and Python)
# have not changed since it was made is left as it is, so a second run costs nothing. Several are made at a time.
# `pythons` is no venv, but a directory that any Python finds its modules in (PYTHONPATH).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${PYTHON:-python3}
install=(-m pip install --quiet --disable-pip-version-check)

make_venv() {
  local name=$1 requirements="$here/requirements-$1.txt" venv="$root/.venv-$1" stamp wanted
  [ -f "$requirements" ] || { echo "venvs: no such set: $name" >&2; return 2; }
  # Whoever else makes it is waited for.
  exec 9> "$venv.lock"
  flock 9
  stamp="$venv/.made-from"
  wanted=$({ "$python" --version; cat "$requirements"; } | sha256sum)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return 0; fi
  echo "venvs: making .venv-$name"
  rm -rf "$venv"
  if [ "$name" = pythons ]; then
    "$python" "${install[@]}" --target "$venv" --no-deps --only-binary :all: --platform any --requirement "$requirements"
  else
    "$python" -m venv "$venv"
    "$venv/bin/python" "${install[@]}" --requirement "$requirements"
  fi
  echo "$wanted" > "$stamp"
}

[ $# -gt 0 ] || set -- tools nova18 nova7 nova6 mitaka tempest
made=()
for name in "$@"; do
  (make_venv "$name") &
  made+=($!)
done
for job in "${made[@]}"; do wait "$job"; done
