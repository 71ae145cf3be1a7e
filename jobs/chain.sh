#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# For sites where a job may not requeue itself: COPIES jobs of one name, of which one runs at a time. Each goes on where
# the one before stopped, and those that find the bundle finished end at once. usage:
#   chain.sh COPIES INPUT BUNDLE [OPTION of render...]
set -euo pipefail
NSR_JOBS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export NSR_JOBS

if [ $# -lt 3 ] || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
    sed -n 's/^#   //p' "${BASH_SOURCE[0]}" >&2
    exit 64
fi
copies=$1
shift
# shellcheck source=jobs/common.sh
. "$NSR_JOBS/common.sh"
refuse_replace "$@"
name=nsr-$(basename "$2" .nsr)
for ((i = 0; i < copies; i++)); do
    sbatch --job-name="$name" --dependency=singleton --no-requeue "$NSR_JOBS/render.sbatch" "$@" </dev/null
done
echo "watch   squeue --name=$name"
echo "cancel  scancel --name=$name"
