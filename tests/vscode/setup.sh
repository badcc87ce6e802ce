#!/bin/bash
# Installs a real VS Code (code-server), the Node it needs, Playwright and Chromium, once.
# Usage: tests/vscode/setup.sh   (apt needs root, and only where chromium is missing)
# Where: $UNDERSTUDY_VSCODE_E2E, else a cache outside the checkout. Nothing is done when the pinned versions are there.
set -euo pipefail

export CODE_SERVER=4.139.1 NODE=24.21.0
playwright=1.65.1

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
recipe=$repository/../shared/vscode-e2e/setup.sh
target=${UNDERSTUDY_VSCODE_E2E:-${XDG_CACHE_HOME:-$HOME/.cache}/understudy-ci/vscode-e2e}
versions="code-server $CODE_SERVER, node $NODE, playwright-core $playwright"

mkdir -p "$target"
target=$(cd "$target" && pwd)
exec 9> "$target/lock"
flock 9

if ! command -v "${UNDERSTUDY_CHROMIUM:-chromium}" > /dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core > /dev/null
fi

if [ "$(cat "$target/installed" 2> /dev/null)" != "$versions" ]; then
  [ -f "$recipe" ] || { echo "setup.sh: there is no $recipe, which builds code-server" >&2; exit 2; }
  # What an interrupted run left behind is not worth mending.
  rm -rf "$target/installed" "$target/node24" "$target/cs" "$target/playwright"
  # code-server writes a default configuration when asked its version; it goes here, not into the user's.
  XDG_CONFIG_HOME=$target/config VSCODE_E2E=$target NOAPT=1 bash "$recipe"
  mkdir "$target/playwright"
  cd "$target/playwright"
  echo '{}' > package.json
  npm install --silent --ignore-scripts --no-save "playwright-core@$playwright"
  echo "$versions" > "$target/installed"
fi
echo "$versions in $target"
