#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what jobs/dependencies.txt names and this machine lacks. usage: install-dependencies.sh [build|test|napari|slurm|check]...
# On Debian as root or with sudo. Where everything is present it installs nothing and asks for no rights. On another
# system it prints the list and fails, before anything is built; NSR_SKIP_DEPENDENCIES=1 says that they are there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wanted=("${@:-build}")

packages=()
for group in "${wanted[@]}"; do
    mapfile -t -O "${#packages[@]}" packages < <(awk -v group="$group" '$1 == group { print $2 }' "$here/dependencies.txt")
done
[ "${#packages[@]}" -gt 0 ] || { echo "install-dependencies: no group '${wanted[*]}'; there are build, test, napari, slurm, check" >&2; exit 64; }

[ -z "${NSR_SKIP_DEPENDENCIES:-}" ] || exit 0

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    {
        echo "This is not a Debian system, so nothing was installed. What is needed, by Debian name:"
        printf '    %s\n' "${packages[@]}"
        echo "Once they are there (package manager, modules), run this again with NSR_SKIP_DEPENDENCIES=1."
    } >&2
    exit 1
fi

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

echo "installing: ${missing[*]}" >&2
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Neither root nor sudo. Ask for: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q >&2
"${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
