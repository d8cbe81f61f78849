# shellcheck shell=bash
# What jobs/generate.slurm and jobs/train.slurm have in common; sourced by them within a job, with PMD_ROOT set.
# Programs exit with 75 where the same command continues. Such a job, and one that Slurm ends at its time limit, is
# put into the queue again under its own number; one that somebody cancels is not.

# A task of an array by its number in the array: its own number may be that of the whole array as well.
job=$SLURM_JOB_ID
[ -z "${SLURM_ARRAY_JOB_ID:-}" ] || job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
restarts=${SLURM_RESTART_COUNT:-0}
most_restarts=${PMD_MAX_REQUEUES:-50}
most_restarts_without_progress=3

say() { printf '%s  job %s: %s\n' "$(date '+%F %T')" "$job" "$*"; }
fail() { say "error: $1" >&2; exit "${2:-1}"; }

# A warning that comes before there is anything to stop must not end the script.
trap : USR1

[[ $most_restarts =~ ^[0-9]{1,6}$ ]] || fail "PMD_MAX_REQUEUES=$most_restarts: expected a number" 2

load_site() {
  local site=${PMD_SITE:-debian}
  [[ $site == */* ]] || site=$PMD_ROOT/slurm/profiles/$site.sh
  [ -r "$site" ] || fail "PMD_SITE=${PMD_SITE:-}: there is no profile $site (slurm/profiles has them)" 2
  # shellcheck source=/dev/null
  . "$site"
  [ "$(type -t pmd_launch)" = function ] || fail "$site does not define pmd_launch" 2
  [ -n "${PMD_BIN:-}" ] || fail "$site does not set PMD_BIN, the folder of the programs" 2
}

need_program() {
  [ -x "$PMD_BIN/$1" ] || fail "$PMD_BIN/$1 is not there: build it (jobs/build), or set PMD_BIN in the site profile"
}

has_option() { # NAME ARGUMENTS…
  local name=$1 argument
  shift
  for argument; do
    if [ "$argument" = "$name" ] || [[ $argument == "$name="* ]]; then return 0; fi
  done
  return 1
}

option_value() { # NAME ARGUMENTS…: nothing if it is not there
  local name=$1
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      "$name") printf '%s' "${2:-}"; return ;;
      "$name="*) printf '%s' "${1#*=}"; return ;;
    esac
    shift
  done
}

# A folder of this job's own on this node. What a killed start has left in it goes first.
make_scratch() {
  scratch=${PMD_SCRATCH:-${TMPDIR:-/tmp}}/pmd-job-$SLURM_JOB_ID
  (umask 077; mkdir -p "$scratch")
  # Others may write in /tmp, too.
  if [ -L "$scratch" ] || [ ! -O "$scratch" ]; then fail "$scratch belongs to somebody else"; fi
  find "$scratch" -mindepth 1 -delete
  trap 'rm -rf "$scratch"' EXIT
}

# Runs COMMAND to its end and sets `status` to its exit code. SIGUSR1, Slurm's warning, is passed on. SIGTERM means
# that Slurm ends the job and all its processes: then `ended` says why, and after the time limit the job is
# put back at once, because SIGKILL follows.
run_watched() { # COMMAND…
  local interrupted
  ended=""
  trap 'interrupted=1; stop_running' USR1
  trap 'interrupted=1; slurm_ends_job' TERM
  "$@" &
  watched=$!
  while true; do
    interrupted=0
    status=0
    # shellcheck disable=SC2034  # status is for the caller
    wait "$watched" || status=$?
    [ "$interrupted" = 1 ] || break
  done
  trap 'exit 75' TERM
  trap : USR1
}

stop_running() {
  say "warning from Slurm (SIGUSR1): what is running is brought to its end, nothing else is started"
  [ -z "${watched:-}" ] || kill -USR1 "$watched" 2>/dev/null || true
}

slurm_ends_job() {
  [ -z "$ended" ] || return 0
  if [ "$(scontrol show job "$job" | grep -o 'Reason=[^ ]*')" = Reason=TimeLimit ]; then
    ended="the time limit"
    put_back "the time limit was reached before everything had stopped"
  else
    # Cancelled, or requeued by Slurm itself (preempted, node lost): in no case ours to put back.
    ended="Slurm"
    say "ended by Slurm (cancelled, preempted or requeued); what is finished is kept, the same sbatch command continues"
  fi
}

# Puts the job into the queue again, unless that was done too often. Returns 1 if it was not.
put_back() { # WHAT HAPPENED
  if (( restarts >= most_restarts )); then
    say "$1; not requeued, since it was $restarts times (PMD_MAX_REQUEUES); the same sbatch command continues"
    return 1
  fi
  say "$1; requeued, restart $((restarts + 1)) continues"
  scontrol requeue "$job" && return 0
  say "requeueing failed; the same sbatch command continues"
  return 1
}

# For the end of a script.
requeue_and_exit() { # WHAT HAPPENED
  put_back "$1" || exit 75
  # Slurm ends the job; an exit code of ours must not come before that. Waiting for what never comes needs no process,
  # which could outlive this one.
  read -rt 60 <> <(:) || true
  exit 75
}

# As requeue_and_exit, for ends that may repeat themselves for ever: at most some times in a row without progress.
requeue_after_kill_and_exit() { # PROGRESSED(0|1) FILE-WITH-THE-COUNT WHAT HAPPENED
  local count=0
  if [ "$1" = 0 ]; then
    [ ! -r "$2" ] || read -r count <"$2" || true
    [[ $count =~ ^[0-9]{1,3}$ ]] || count=0
    count=$((count + 1))
    if (( count > most_restarts_without_progress )); then
      rm -f "$2"
      say "$3; $count times in a row with nothing done in between, so it is not requeued; see the messages above"
      exit 1
    fi
    echo "$count" >"$2"
  else
    rm -f "$2"
  fi
  requeue_and_exit "$3"
}

describe_kill() { # EXIT CODE
  if (( $1 > 128 && $1 < 193 )); then
    echo "a process was killed by signal $(($1 - 128))"
  else
    echo "the launcher ended with exit code $1"
  fi
}
