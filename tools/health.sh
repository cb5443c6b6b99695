#!/usr/bin/env bash
# tools/health.sh [--adapter] [--json]: documents checked, every case run and verified, in one answer;
# with --adapter the provider adapter is validated, too, on the double of this checkout.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
sot="$here/.venv/bin/sot"
[ -x "$sot" ] || sot=sot
given=()
for word in "$@"; do
  if [ "$word" = --adapter ]; then
    answer="$(mktemp)"
    trap 'rm -f "$answer"' EXIT
    python3 "$here/tools/validate-case-provider-adapter.py" --harness-root "$here" --json >"$answer" || true
    given+=(--adapter "$answer")
  else
    given+=("$word")
  fi
done
"$sot" health --root "$here" ${given[@]+"${given[@]}"}
