#!/usr/bin/env bash
# Installs vLLM for CPU into a virtual environment of its own, once: a second run only checks the lock and leaves.
# Usage: tests/vllm/setup.sh            UNDERSTUDY_VLLM names another folder; PYTHON another interpreter.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
source_dir="${UNDERSTUDY_VLLM_CPU:-$root/../shared/vllm-cpu}"
target="${UNDERSTUDY_VLLM:-${XDG_CACHE_HOME:-$HOME/.cache}/understudy-ci/vllm}"

if [[ ! -f "$source_dir/requirements.lock" ]]; then
  echo "no lock file in $source_dir; set UNDERSTUDY_VLLM_CPU to the folder that holds requirements.lock and shim/" >&2
  exit 2
fi

# The mark is written last, so that an install that was cut short is done again.
fingerprint="$(cat "$source_dir/requirements.lock" "$source_dir/shim/pyproject.toml" "${BASH_SOURCE[0]}" | sha256sum | cut -d' ' -f1)"
if [[ -x "$target/bin/vllm" && "$(cat "$target/installed" 2>/dev/null || true)" == "$fingerprint" ]]; then
  echo "vLLM is already installed in $target"
  exit 0
fi

rm -rf "$target"
mkdir -p "$(dirname "$target")"
"${PYTHON:-python3}" -m venv "$target"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# The shim is built in its own folder, and the one we were given may be read-only.
mkdir "$work/shim"
cp "$source_dir/shim/pyproject.toml" "$work/shim/"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
  -r "$source_dir/requirements.lock" "$work/shim"
# Byte-compiled once here, not in the first seconds of every test run.
"$target/bin/python" - <<'PY'
import importlib.metadata
import torch, transformers, tokenizers  # noqa: E401, F401
print("vLLM", importlib.metadata.version("vllm"), "with torch", torch.__version__)
PY
echo "$fingerprint" > "$target/installed"
