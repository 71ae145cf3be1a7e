# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the job scripts share. A script sources this file and calls `run`. The functions of Slurm, greet and start_again,
# are replaced by render.pbs and render.lsf.

program=${NSRENDER:-nsrender-mpi}
tasks=${SLURM_NTASKS:-1}          # unset if the job names no number of tasks
threads=${SLURM_CPUS_PER_TASK:-1} # unset if the job names no number of cpus
job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}
job=${job:-${SLURM_JOB_ID:-}}
try=$((${SLURM_RESTART_COUNT:-0} + 1))

# Since 21.08 srun does not take the cpus of a task from sbatch, hence the option.
read -ra launch <<<"${LAUNCH:-srun --mpi=pmix --cpus-per-task=$threads}"

die() { echo "$*" >&2; exit 64; }

command -v "$program" >/dev/null ||
    die "$program: not found on $(hostname); load its module in the job script, or: export NSRENDER=/path/to/nsrender-mpi"

# A job has several tries, and each would begin from nothing.
refuse_replace() { # [OPTION...]
    case " $* " in *" --replace "*) die "jobs take no --replace; move or remove the old bundle before you submit" ;; esac
}

# --- numbers of the program ---

number() { sed -n "s/.*\"$1\": *\([0-9.][0-9.e+-]*\).*/\1/p" | head -n 1; } # KEY <JSON

# Finished segments; 0 before there is a bundle. They rise with each try that gets anywhere; another plan counts anew.
segments_done() {
    local n
    n=$("$program" status "$1" --json 2>/dev/null </dev/null | number 'done')
    echo "${n:-0}"
}

finished() { "$program" status "$1" --json 2>/dev/null </dev/null | grep -q '"finished": true'; }

# --- the job as Slurm knows it ---

# One word of `scontrol show job`, as JobState; nothing if Slurm does not answer.
job_word() { scontrol show job --oneliner "$job" 2>/dev/null | tr ' ' '\n' | sed -n "s/^$1=//p" | head -n 1; }

greet() {
    local end
    end=$(job_word EndTime)
    # The program ends in time for it, also under mpirun and without --signal. Before 23.02 Slurm does not name it.
    export SLURM_JOB_END_TIME="${SLURM_JOB_END_TIME:-$(date -d "${end:-unknown}" +%s 2>/dev/null)}"
    echo "$(date '+%F %T') job $job, try $try: $tasks ranks x $threads threads on ${SLURM_JOB_NODELIST:-this machine}, until ${end/T/ }"
}

preempted() { case $(job_word PreemptTime) in '' | None) return 1 ;; esac; }

# Says why this job must not be requeued, or nothing. A cancelled job is CANCELLED before its processes hear of it; a
# job whose node was lost runs again elsewhere, and has a higher count there; a try that changed nothing, though it had
# its time, would be followed by others like it for ever.
no_restart() { # BEFORE AFTER
    local state
    state=$(job_word JobState)
    if [ -z "$state" ]; then
        echo "scontrol does not answer on this node; the same command goes on"
    elif [ "$state" != RUNNING ] || [ "$(job_word Restarts)" != "${SLURM_RESTART_COUNT:-0}" ]; then
        echo "Slurm ends this job, or has started it elsewhere"
    elif [ "$(job_word Requeue)" != 1 ]; then
        echo "this job may not be requeued; the next of its chain goes on, or the same command again"
    elif [ "$1" -eq "$2" ] && ! preempted; then
        echo "this try finished nothing, and another would not either: give more --time or ranks"
    fi
}

# TERM comes when Slurm has decided what becomes of the job, which its own line in the log tells.
ended_by_slurm() {
    echo "next: nothing to do after preemption, Slurm requeues the job; after scancel or the time limit the same command goes on"
    sleep 60 &
    wait
}

start_again() { # BEFORE AFTER
    local reason
    if [ "$signal" = TERM ]; then ended_by_slurm; return; fi
    reason=$(no_restart "$1" "$2")
    if [ -z "$reason" ]; then
        echo "next: nothing to do; this job is requeued and goes on by itself"
        trap '' TERM # which requeue sends
        scontrol requeue "$job" && return
        reason="scontrol requeue failed"
    fi
    echo "next: not started again: $reason"
    [ "$1" -ne "$2" ] || code=1 # some sites requeue whatever ends with 75
}

# --- the run ---

# By this time the program may not have started, or have ended.
pass_on() {
    [ "$signal" = TERM ] || signal=$1
    interrupted=yes
    [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null
}

signal='' child='' interrupted=no after=''

# Starts the command and waits for its end. `wait` returns at each signal, and a second time knows the exit code.
start_and_wait() {
    if [ -n "$signal" ]; then code=75; return; fi
    "$@" </dev/null &
    child=$!
    while :; do
        interrupted=no
        wait "$child"
        code=$?
        [ $interrupted = yes ] || break
    done
    child=
}

# Open MPI 4 may crash in MPI_Init when a message comes early, over TCP on a busy node. A run goes on where it was, so a
# crash is worth a second start, whatever its cause.
start_twice() { # COMMAND...
    start_and_wait "$@"
    case $code in
    134 | 139)
        echo "a process crashed (exit code $code): starting once more"
        start_and_wait "$@"
        ;;
    esac
}

next_step() { # BEFORE AFTER
    case $code in
    0) echo "next: $after" ;;
    64) echo "next: correct the options, and submit again" ;;
    75) start_again "$1" "$2" ;;
    137) echo "next: a process was killed, often for its memory: give more --mem-per-cpu; the same command goes on" ;;
    *) echo "next: see the message above; when its cause is gone, the same command goes on" ;;
    esac
}

introduce() { :; } # what a script has to say first

# run BUNDLE GOAL COMMAND...: a command of the program, on all ranks. GOAL `finished`: only a finished bundle is a
# success, since a launcher that lost a node may return 0. GOAL `part` or, before there is a segment, `plan`: the exit
# code tells. $after names what follows a success. Ends the script.
run() {
    local bundle=$1 goal=$2 before
    shift 2
    refuse_replace "$@"
    trap 'pass_on USR1' USR1
    trap 'pass_on TERM' TERM
    before=$(segments_done "$bundle")
    greet
    introduce
    start_twice "${launch[@]}" "$program" "$@"
    if [ "$code" -eq 0 ] && [ "$goal" = finished ] && ! finished "$bundle"; then
        echo "the launcher returned 0, but $bundle is not finished: a node may be lost, and then Slurm starts this job again"
        code=74
    fi
    if [ "$signal" = TERM ] && [ "$code" -ne 0 ]; then code=75; fi # what mpirun returns then says nothing
    echo "----"
    echo "$(date '+%F %T') job $job, try $try, ended with exit code $code${signal:+ after SIG$signal}"
    [ "$goal" = plan ] || "$program" status "$bundle" </dev/null 2>&1 | grep -v 'go on with: ' # the next line knows more
    next_step "$before" "$(segments_done "$bundle")"
    exit "$code"
}
