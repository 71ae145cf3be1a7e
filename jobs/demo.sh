#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A first look: installs what is missing, builds, makes up a recording of 20,000 frames, renders it on two ranks with a
# video of one minute, and prints how to look at the result. usage: demo.sh [FOLDER] (default: demo beside jobs)
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
recording=$folder/recording.h5 bundle=$folder/recording.nsr minute=$folder/minute.nsr
[ -e "$recording" ] || mpirun -n 2 "$program" synth "$recording" --frames 20000
mpirun -n 2 "$program" render "$recording" -o "$bundle" --vmax 0.02
mpirun -n 2 "$program" render "$recording" -o "$minute" --vmax 0.02 --time 0:60 --format video

cat <<END

The recording is $recording: 20,000 frames of 40 x 40 bins, 11 minutes.
The bundle is $bundle:
    frames.ome.zarr, overview.ome.zarr   all frames, and means and maxima of windows of 64
    summary.png, .csv, .h5               range, peak and entropy of each frame
    manifest.json                        the record: input, options, colours, hashes
Look at it in napari, here or where you copy it to:
    python -m pip install 'napari[all]>=0.9' 'zarr>=3'
    python $bundle/open_in_napari.py
The first minute is also a video, for any player or browser:
    $minute/video.mp4
A render can be killed at any moment: the same command continues where it stopped.
    $program status $bundle
    $program render --help
END
