#!/bin/bash
# Installs a PostgreSQL server and bubblewrap from Debian's packages, where they are missing.
# Usage: tests/execution/setup.sh   (apt needs root, and only where something is missing)
set -euo pipefail

missing=()
compgen -G "/usr/lib/postgresql/*/bin/initdb" > /dev/null || missing+=(postgresql)
command -v bwrap > /dev/null || missing+=(bubblewrap)

if [ ${#missing[@]} -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi
echo "PostgreSQL: $(compgen -G "/usr/lib/postgresql/*/bin/initdb" | tail -1), bubblewrap: $(command -v bwrap)"
