#!/usr/bin/env bash
# Watches a day of production; on an alarm, tunes and trains a version and has the gate judge it. A person promotes.
#
#   watch.sh DATA [since]      DATA as of `train`; since: a day, by default yesterday. TRIALS of tune: 100
#
# Ends with monitor's exit status: 0 all as tolerated, 3 an alarm (a version waits for a person), 2 it could not watch.
set -euo pipefail
data=${1:?expected the data to train on, as: watch.sh data/home-credit}
since=${2:-$(date --utc --date=yesterday +%F)}

status=0
python -m steps.monitor --since "$since" --textfile "${TEXTFILE:-}" || status=$?
if [ "$status" != 3 ]; then exit "$status"; fi

tuned=$(python -m steps.tune --data "$data" --trials "${TRIALS:-100}" | tee /dev/stderr)
params=$(grep --only-matching --extended-regexp --max-count=1 'runs:/[0-9a-f]+/params\.json' <<<"$tuned")
python -m steps.train --data "$data" --params "$params"
# Judged, not promoted: nothing moves. Exit status 1, not passed, is an answer, too.
python -m steps.promote --data "$data" --dry-run true || [ $? = 1 ]
exit 3
