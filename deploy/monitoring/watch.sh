#!/usr/bin/env bash
# Watches yesterday in UTC; on an alarm, tunes and trains a version and has the gate judge it. A person promotes.
#
#   watch.sh DATA [since]      DATA as of `train`; since: an earlier day to watch from. TRIALS of tune: 100
#
# Ends with monitor's exit status: 0 all as tolerated, 3 an alarm (a version waits for a person), 2 it could not watch;
# and with 1 where an alarm was raised and no version could be made or judged.
set -euo pipefail
data=${1:?expected the data to train on, as: watch.sh data/home-credit}
since=${2:-$(date --utc --date=yesterday +%F)}
until=$(date --utc +%F)  # else the day's first hours are watched today, and tomorrow again

status=0
python -m steps.monitor --since "$since" --until "$until" --textfile "${TEXTFILE:-}" || status=$?
if [ "$status" != 3 ]; then exit "$status"; fi

trap 'exit 1' ERR  # 2 and 3 are monitor's own
# Not /dev/stderr, which cannot be opened where it is a socket, as under systemd.
tuned=$(python -m steps.tune --data "$data" --trials "${TRIALS:-100}" | tee >(cat >&2))
params=$(grep --only-matching --extended-regexp --max-count=1 'runs:/[0-9a-f]+/params\.json' <<<"$tuned")
python -m steps.train --data "$data" --params "$params"
# Judged, not promoted: nothing moves. Exit status 1, not passed, is an answer, too.
python -m steps.promote --data "$data" --dry-run true || [ $? = 1 ]
exit 3
