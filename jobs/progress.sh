# shellcheck shell=bash
# Long commands with one line on how far they are; sourced by the scripts of this folder.

# What a line of a log says of progress: Ninja's "[3/40] …", or any that ends with the time left. Nothing for others.
progress_of() { # LINE SECONDS_SO_FAR
  local line=${1##*$'\r'} seconds=$2 part all
  if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
    part=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
    printf '%d of %d' "$part" "$all"
    # At first the shortest files are ready, which would promise too much.
    (( part * 10 < all )) || printf ', about %s left' "$(minutes $((seconds * (all - part) / part)))"
  elif [[ $line == *' left' ]]; then
    printf '%s' "$line"
  fi
}

minutes() { # SECONDS
  if (( $1 < 60 )); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

# Runs COMMAND, with all that it says in LOG, and returns its exit code. Shows one line: on a terminal over and over,
# elsewhere twice a minute. Asked to stop (Ctrl-C, SIGTERM), or if this script is killed, it sends SIGNAL to the command.
with_progress() { # SIGNAL LOG WHAT COMMAND…
  local signal=$1 log=$2 what=$3 begin=$SECONDS status=0 shown=-30 stopped=0 command="" line text="" clear="" end=$'\n'
  shift 3
  [ ! -t 1 ] || { clear=$'\r\e[K' end=""; }
  trap 'stopped=1; [ -z "$command" ] || kill -s "$signal" "$command" 2>/dev/null || true' INT TERM HUP
  # In a session of its own Ctrl-C does not reach it otherwise than as SIGNAL.
  setsid setpriv --pdeathsig "$signal" "$@" >"$log" 2>&1 &
  command=$!
  [ $stopped = 0 ] || kill -s "$signal" "$command" 2>/dev/null || true  # asked to before it was known
  while kill -0 "$command" 2>/dev/null; do
    # Ctrl-C ends what is in $(…), too.
    line=$(tail -n 1 "$log" 2>/dev/null | tr -d '\0') || true
    line=$(progress_of "$line" $((SECONDS - begin))) || true
    [ -z "$line" ] || text=$line
    [ $stopped = 0 ] || text="stopping"
    if [ -n "$clear" ] || { [ -n "$text" ] && (( SECONDS - shown >= 30 )); }; then
      printf '%s%s: %s%s' "$clear" "$what" "${text:-$(minutes $((SECONDS - begin)))}" "$end"
      shown=$SECONDS
    fi
    sleep 0.5 || true
  done
  wait "$command" || status=$?
  [ $stopped = 0 ] || [ $status != 0 ] || status=130
  trap - INT TERM HUP
  [ -z "$clear" ] || printf '%s' "$clear"
  if [ $status = 0 ]; then
    printf '%s: done in %s\n' "$what" "$(minutes $((SECONDS - begin)))"
  elif [ $stopped = 1 ]; then
    printf '%s: stopped after %s; the same command continues\n' "$what" "$(minutes $((SECONDS - begin)))" >&2
  else
    show_errors "$log" "$what failed (exit code $status)"
  fi
  return $status
}

# The lines of LOG that say what went wrong.
show_errors() { # LOG WHAT
  local log=$1 lines
  lines=$(grep -aiE -A3 'error[: ]|fatal|no space left|cannot ' "$log" | tail -n 15 | cut -c 1-300 || true)
  [ -n "$lines" ] || lines=$(tail -n 10 "$log" | cut -c 1-300)
  printf '%s\n' "$lines" >&2
  if ! : >>"$log" 2>/dev/null || [ "$(df --output=avail "$log" | tail -n 1)" = 0 ]; then
    echo "error: $(df --output=target "$log" | tail -n 1) is full; make room, and the same command continues" >&2
  fi
  echo "error: $2; the whole log is $log" >&2
}
