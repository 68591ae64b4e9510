#!/bin/bash
# A round over a cluster that Slurm runs, without any other engine: docs/operations.md#slurm
#
#   deploy/slurm.sh ROUND 8          where the key is: plans eight shards, has them crawled, and seals
#
# ROUND lies on a file system that all nodes share and that knows locks. The nodes need govah on PATH and no key.
# Slurm's own options go here, or into SBATCH_… variables (SBATCH_PARTITION=audit).
#SBATCH --job-name=govah
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --time=2-00:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
set -u

if [ $# -ne 2 ]; then
    echo "usage: $0 ROUND SHARDS" >&2
    exit 2
fi
round=$1 shards=$2
attempts=5 # of one shard
stop=$round/evidence/stop # asks all who crawl the round to end

if [ -z "${SLURM_ARRAY_TASK_ID:-}" ]; then
    govah plan "$round" --shards "$shards" || exit
    sbatch --wait --array="1-$shards" "$0" "$round" "$shards"
    if [ -e "$stop" ]; then exit 3; fi
    exec govah crawl "$round" # finds every shard done and seals, or goes on with what is missing
fi

# Slurm tells the shell that time is up, not what it started: the crawl commits and ends, and is put into the queue again.
govah crawl "$round" --shard "$SLURM_ARRAY_TASK_ID/$shards" &
trap 'kill -TERM $!' TERM
wait $!
status=$?
while kill -0 $! 2>/dev/null; do # the signal ended the waiting, not yet the crawl
    wait $!
    status=$?
done

case $status in
0 | 2 | 4) exit $status ;; # done; no use in trying again
esac
if [ ! -e "$stop" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt $((attempts - 1)) ]; then # interrupted, killed, out of memory, or another has the shard
    exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit $status
