#!/usr/bin/env bash
# tools/run-case.sh CASE [--engine fake|case|codex|pi] [--json]: the command line that the governed
# documents fix for one case. It is `sot run` and nothing else.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
if [ "$#" -eq 0 ]; then
  echo "usage: tools/run-case.sh CASE [--engine fake|case|codex|pi] [--json]" >&2
  exit 2
fi
sot="$here/.venv/bin/sot"
[ -x "$sot" ] || sot=sot
exec "$sot" run --root "$here" "$@"
