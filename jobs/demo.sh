#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A first look: installs what is missing, builds, makes up a recording of 20,000 frames, renders it on two ranks and says
# where the result is. usage: demo.sh [FOLDER] (default: demo beside jobs)
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-$top/demo}

"$top/jobs/install-dependencies.sh" build
cd "$top"
cmake --preset release >/dev/null
cmake --build --preset release --target nsrender-mpi
cd - >/dev/null

program=$top/build/release/nsrender-mpi
# More ranks than cores are fine for a look, and so is root in a container.
export OMPI_MCA_rmaps_base_oversubscribe=1
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
mpirun -n 2 "$program" synth "$folder/recording.h5" --frames 20000
mpirun -n 2 "$program" render "$folder/recording.h5" -o "$folder/recording.nsr" --format png,video

cat <<END

The recording is $folder/recording.h5 (20,000 frames of 40 x 40 bins), the bundle $folder/recording.nsr:
    video.mp4      11 minutes; open it in any player or browser, or: ffplay $folder/recording.nsr/video.mp4
    frames/        one PNG a frame, in a folder for each unit
    manifest.json  what was made, from what, with which colours
Kill a render at any moment and give the same command again: it goes on where it stopped.
    $program status $folder/recording.nsr
    $program render --help
END
