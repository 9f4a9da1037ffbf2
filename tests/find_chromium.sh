#!/usr/bin/env bash
# Print the path of a Chromium for the browser tests: $CHROMIUM, one that is installed, or else Debian's, installed now.
set -euo pipefail

find_chromium() {
    for name in chromium chromium-browser google-chrome "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        command -v "$name" && return
    done
}

fail() {
    echo "The browser tests need Chromium, and $1: install Chromium or Chrome, or set CHROMIUM to the path of one." >&2
    exit 1
}

if [ -n "${CHROMIUM:-}" ]; then
    command -v "$CHROMIUM" || fail "there is no program $CHROMIUM"
elif ! find_chromium; then
    command -v apt-get >/dev/null || fail "there is no apt-get here to install it"
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "you are not root and there is no sudo to install it"
        as_root=(sudo)
    fi
    echo "Installing Debian's chromium for the browser tests" >&2
    "${as_root[@]}" apt-get update >&2 || fail "apt-get update failed"
    "${as_root[@]}" apt-get install -y --no-install-recommends chromium fonts-liberation >&2 || fail "apt-get could not install it"
    find_chromium || fail "apt-get installed none"
fi
