#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Submits a render to Slurm with resources that fit it. usage:
#   submit.sh INPUT BUNDLE [--shares N] [--dry-run] [-- OPTION of render...]
#     --shares N   N independent jobs instead of one on many ranks, and a job that joins them
#     --dry-run    only shows what would be submitted
# Partition and account: SBATCH_PARTITION, SBATCH_ACCOUNT. A job on mpirun instead of srun: LAUNCH='mpirun --bind-to none'.
set -euo pipefail
NSR_JOBS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export NSR_JOBS
# shellcheck source=jobs/common.sh
. "$NSR_JOBS/common.sh"

usage() { sed -n 's/^#   //p' "${BASH_SOURCE[0]}" >&2; exit 64; }

shares=0 dry=no files=()
while [ $# -gt 0 ]; do
    case $1 in
    --shares) shares=${2:-0}; [[ $shares =~ ^[1-9][0-9]*$ ]] || usage; shift ;;
    --dry-run) dry=yes ;;
    --) shift; break ;;
    -*) usage ;;
    *) files+=("$1") ;;
    esac
    shift
done
[ ${#files[@]} -eq 2 ] || usage
refuse_replace "$@"
input=${files[0]} bundle=${files[1]}
name=$(basename "$bundle" .nsr)

# --- resources ---

round_up() { echo $((($1 + $2 - 1) / $2 * $2)); } # N STEP
at_most() { echo $(($1 < $2 ? $1 : $2)); }
at_least() { echo $(($1 > $2 ? $1 : $2)); }
clock() { printf '%02d:%02d:00' $(($1 / 3600)) $(($1 % 3600 / 60)); } # SECONDS

plan=$("$program" plan "$input" --quiet --json --threads 1 --memory 64M "$@" </dev/null)
segments=$(number n_segments <<<"$plan")
bytes=$(number memory_per_rank <<<"$plan")
work=$(LC_ALL=C printf '%.0f' "$(number seconds_estimate <<<"$plan")") # of one thread
work=$(at_least 1 "$work")

# So many threads that the work takes about ten minutes, but each has four segments or more, so that all end together.
workers=$(at_least 1 "$(at_most $(((work + 599) / 600)) $((segments / 4)))")
workers=$(at_most "$workers" 1024)
if [ "$shares" -eq 0 ]; then
    threads=$(at_most 4 "$workers")
    ranks=$(((workers + threads - 1) / threads))
else
    threads=$(at_least 1 "$(at_most 4 $((workers / shares)))")
    ranks=$shares
fi
workers=$((ranks * threads))
# The program takes half of the granted memory for values; a process has 64 MB before it reads any.
memory=$(at_least 1024 "$(round_up $((2 * (bytes / 1048576 + 64))) 256)")
# A slow file system or processor may take three times as long as the estimate; a job that is too short is requeued.
seconds=$(at_most 86400 "$(round_up $((3 * work / workers + 600)) 300)")
lead=$(at_most $((seconds / 2)) "$(number signal_lead_seconds <<<"$plan")")

resources=(--cpus-per-task="$threads" --mem-per-cpu="${memory}M" --time="$(clock "$seconds")" --signal="B:USR1@$lead")

# --- jobs ---

# Shows the command and sets `id`. A site of several clusters adds `;CLUSTER` to it. Without one of its jobs a bundle is
# not finished, so then none stays.
submitted=()
submit() { # [sbatch option...] SCRIPT [ARGUMENT...]
    printf 'sbatch --parsable'
    printf ' %q' "$@"
    echo
    id=JOB
    [ $dry = no ] || return 0
    if ! id=$(sbatch --parsable "$@" </dev/null); then
        [ ${#submitted[@]} -eq 0 ] || scancel "${submitted[@]}"
        echo "submit.sh: sbatch refused this job, see above; nothing was submitted" >&2
        exit 1
    fi
    id=${id%%;*}
    submitted+=("$id")
}

# The options of render that range takes too, with their values.
options_of_range() {
    local word keep=no known
    known=$("$program" range --help-all)
    for word in "$@"; do
        case $word in
        --*) keep=no; if grep -q -e " ${word%%=*}\b" <<<"$known"; then keep=yes; fi ;;
        esac
        if [ $keep = yes ]; then echo "$word"; fi
    done
}

echo "$input: $segments segments, about $work s of work for one thread"
if [ "$shares" -eq 0 ]; then
    echo "one job of $ranks ranks x $threads threads, $memory MB a thread, $(clock "$seconds"); it stops $lead s before that and is requeued"
    submit --job-name="nsr-$name" --ntasks="$ranks" "${resources[@]}" "$NSR_JOBS/render.sbatch" "$input" "$bundle" "$@"
else
    echo "$shares jobs of $threads threads, $memory MB a thread, $(clock "$seconds"); each stops $lead s before that and is requeued"
    export NSR_SHARES=$shares
    mapfile -t options < <(options_of_range "$@")
    submit --job-name="nsr-$name-range" --ntasks="$(at_most 4 "$shares")" "${resources[@]}" \
        "$NSR_JOBS/range.sbatch" "$input" "$bundle" "${options[@]}"
    submit --job-name="nsr-$name-share" --dependency="afterok:$id" --kill-on-invalid-dep=yes --array="1-$shares" \
        "${resources[@]}" "$NSR_JOBS/array.sbatch" "$input" "$bundle" "$@"
    export NSR_ARRAY=$id
    submit --job-name="nsr-$name-join" --dependency="afterany:$id" --ntasks="$(at_most 4 "$shares")" \
        "${resources[@]}" "$NSR_JOBS/join.sbatch" "$bundle"
fi
[ $dry = no ] || exit 0
jobs=$(IFS=, && echo "${submitted[*]}")
cat <<END
jobs    $jobs
watch   squeue -j $jobs; $program status $bundle; tail -F nsr-$name*.log
cancel  scancel ${jobs//,/ }
END
