#!/usr/bin/env bash
# tools/health.sh [--json]: documents checked, every case run and verified, in one answer.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
sot="$here/.venv/bin/sot"
[ -x "$sot" ] || sot=sot
exec "$sot" health --root "$here" "$@"
