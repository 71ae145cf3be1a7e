#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A Slurm of seven nodes on this machine, for the tests of jobs/. All it writes lies in one folder, and it listens on
# 127.0.0.1 only. Wants root, slurm-wlm and munge (jobs/install-dependencies.sh slurm). usage:
#   cluster.sh start FOLDER [LINE...]   LINEs are added to slurm.conf; with OWNER=PID it stops when that process is gone
#   cluster.sh run FOLDER COMMAND...    as on a login node
#   cluster.sh status FOLDER
#   cluster.sh stop FOLDER              ends jobs and daemons; what they wrote stays
# Nodes have host names of their own, so locks, logs and MPI see seven machines:
#   n0..n3   partition main
#   p0       partitions low and high; a job in high preempts one in low, which has 10 s to end and is requeued
#   f0, f1   partition frail, for tests that kill slurmd
set -euo pipefail
nodes=(n0 n1 n2 n3 p0 f0 f1)

fail() { echo "cluster.sh: $*" >&2; exit 1; }

# All that was started for this cluster, daemons, steps and jobs, has its configuration in the environment.
members() {
    local file
    for file in /proc/[0-9]*/environ; do
        if tr '\0' '\n' <"$file" 2>/dev/null | grep -qxF "SLURM_CONF=$conf"; then
            file=${file%/environ}
            [ "${file#/proc/}" = $$ ] || echo "${file#/proc/}"
        fi
    done 2>/dev/null
}

stop() {
    local try pids
    if [ -S "$folder/munge/socket" ]; then
        SLURM_CONF=$conf timeout 5 scancel --user=root 2>/dev/null || true
    fi
    for try in {1..50}; do
        mapfile -t pids < <(members)
        [ ${#pids[@]} -gt 0 ] || return 0
        if [ "$try" -eq 1 ]; then kill "${pids[@]}" 2>/dev/null || true; fi
        if [ "$try" -eq 20 ]; then kill -KILL "${pids[@]}" 2>/dev/null || true; fi
        sleep 0.1
    done
    fail "these did not end: ${pids[*]}"
}

# The first of so many ports in a row that nobody listens on.
free_ports() {
    local first port tries=0
    while [ $((tries++)) -lt 100 ]; do
        first=$((20000 + RANDOM % 12000))
        for ((port = first; port < first + $1; port++)); do
            if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue 2; fi
        done
        echo "$first"
        return
    done
    fail "no free ports"
}

configure() { # [LINE...]
    local first i
    first=$(free_ports $((${#nodes[@]} + 1)))
    cat <<END
ClusterName=nsr
SlurmctldHost=ctl(127.0.0.1)
SlurmctldPort=$first
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A requeued job waits until its credential has expired, by default two minutes.
AuthInfo=socket=$folder/munge/socket,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n/spool
TmpFS=$folder/%n/tmp
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/%n.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/%n
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=100
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=5
MinJobAge=600
SlurmdTimeout=20
ReturnToService=2
END
    for i in "${!nodes[@]}"; do
        echo "NodeName=${nodes[i]} NodeAddr=127.0.0.1 Port=$((first + 1 + i)) CPUs=32 RealMemory=64000 State=UNKNOWN"
    done
    cat <<END
PartitionName=main Nodes=n[0-3] Default=YES MaxTime=INFINITE PreemptMode=OFF
PartitionName=low Nodes=p0 MaxTime=INFINITE PriorityTier=1 PreemptMode=REQUEUE GraceTime=10
PartitionName=high Nodes=p0 MaxTime=INFINITE PriorityTier=9 PreemptMode=OFF
PartitionName=frail Nodes=f[0-1] MaxTime=INFINITE PreemptMode=OFF
END
    if [ $# -gt 0 ]; then printf '%s\n' "$@"; fi
}

# The id of a boot tells the locks of a bundle what is one machine.
as_host() { # NAME COMMAND...
    [ -e "$folder/boot_$1" ] || cp /proc/sys/kernel/random/uuid "$folder/boot_$1"
    # shellcheck disable=SC2016 # the inner shell expands
    unshare --uts --mount sh -c 'hostname "$1" && mount --bind "$0/hosts" /etc/hosts &&
        mount --bind "$0/boot_$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"' "$folder" "$@"
}

environment() {
    export SLURM_CONF=$conf
    # MPI finds no way between hosts that have only this one, unless told; ranks outnumber the processors of this machine.
    export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo OMPI_MCA_mpi_yield_when_idle=1
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
}

all_idle() { [ "$(timeout 5 sinfo -h -N -o '%N %T' 2>/dev/null | sort -u | grep -c ' idle$')" -eq ${#nodes[@]} ]; }

daemons() {
    local node try
    munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/run/munged.pid" \
        --log-file="$folder/log/munged" --seed-file="$folder/munge/seed" || return 1
    as_host ctl slurmctld -c || return 1
    for node in "${nodes[@]}"; do as_host "$node" slurmd -N "$node" || return 1; done
    for try in {1..100}; do
        if all_idle; then return; fi
        sleep 0.1
    done
    return 1
}

start() { # [LINE...]
    local node command
    for command in slurmctld slurmd munged unshare; do
        command -v $command >/dev/null || fail "no $command; jobs/install-dependencies.sh slurm installs it"
    done
    [ ${#folder} -lt 80 ] || fail "$folder: too long for the path of a socket"
    [ -z "$(members)" ] || fail "$folder: has a cluster that runs"
    rm -rf "${folder:?}"/{munge,state,run,log}
    mkdir -p "$folder"/{munge,state,run,log}
    for node in "${nodes[@]}"; do rm -rf "${folder:?}/$node"; mkdir -p "$folder/$node"/{spool,tmp}; done
    (umask 077 && head -c 1024 /dev/urandom >"$folder/munge/key")
    { cat /etc/hosts; echo "127.0.0.1 ctl login ${nodes[*]}"; } >"$folder/hosts"
    configure "$@" >"$conf"
    environment
    if ! daemons 2>"$folder/log/start"; then
        unset SLURM_CONF
        stop
        tail -n 5 "$folder"/log/* >&2
        fail "did not start"
    fi
    unset SLURM_CONF
    if [ -n "${OWNER:-}" ]; then
        (while [ -d "/proc/$OWNER" ]; do sleep 1; done; stop) >/dev/null 2>&1 </dev/null &
    fi
}

[ $# -ge 2 ] || { sed -n 's/^#   //p' "$0" >&2; exit 64; }
command=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
conf=$folder/slurm.conf
shift 2
case $command in
start) start "$@" ;;
stop) stop ;;
run) environment; as_host login "$@" ;;
status) SLURM_CONF=$conf sinfo -N -l; SLURM_CONF=$conf squeue -a ;;
*) fail "unknown command '$command'" ;;
esac
