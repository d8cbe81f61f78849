# shellcheck shell=bash
# The nodes of slurm/private-cluster when they are more than one: their network, their life, and what they share.
# Sourced by it; `folder` is the cluster's, a node's number N stands for nodeN.
#
# A node is a process (slurm/private/node) in namespaces of its own, with everything that it has started. All nodes
# hang on a switch: a bridge in a network namespace, so that no firewall of this machine has a say in what nodes tell
# each other. Its address on that network makes this machine the head, which runs Slurm's controller and the server of
# the shared folder. There is no way from there to anywhere else.
#
# The shared folder is GlusterFS, which is a file system over TCP all of which runs in processes; the client and
# server of NFS are parts of the kernel that virtual machines and containers often lack.

# Names of network devices have at most 15 characters.
switch=pmd$(printf '%s' "$folder" | sha256sum | head -c 8)
disk_seconds=10    # after which a node without network gets errors from the shared folder, and its locks are released

check_namespaces() {
  local program missing=()
  for program in ip nsenter unshare glusterfs glusterfsd; do
    command -v $program >/dev/null || missing+=("$program")
  done
  [ ${#missing[@]} -eq 0 ] ||
    fail "not found: ${missing[*]}; nodes need the packages iproute2 and glusterfs-server (jobs/install-packages)" 77
  [ -c /dev/fuse ] || fail "there is no /dev/fuse, by which nodes would mount the shared folder" 77
  unshare --net --uts --ipc --mount --pid --fork --mount-proc true 2>/dev/null ||
    fail "this machine permits no namespaces (unshare), which nodes are made of" 77
  ip netns add "$switch" 2>/dev/null && ip -n "$switch" link add bridge type bridge 2>/dev/null &&
    ip -n "$switch" link add one type veth peer name two 2>/dev/null || {
    ip netns delete "$switch" 2>/dev/null || true
    fail "this machine permits no network between nodes (ip link add: bridge, veth)" 77
  }
  ip netns delete "$switch"
}

network() { cat "$folder/network"; }                                      # the first three numbers of addresses
head_address() { [ "$nodes" -eq 1 ] && echo 127.0.0.1 || echo "$(network).254"; }
node_address() { echo "$(network).$1"; }                                  # N
place() { echo "$folder/nodes/node$1"; }                                  # N: what the node alone has
process() { cat "$(place "$1")/pid" 2>/dev/null; }                        # N: its first process

# Networks from 198.18.0.0/15 are for tests, and so in use nowhere else.
free_network() {
  local network
  for _ in {1..200}; do
    network=198.$((18 + RANDOM % 2)).$((RANDOM % 256))
    [ -n "$(ip -4 route show to match "$network.1" | grep -v ^default)" ] || { echo "$network"; return; }
  done
  fail "no free network found in 198.18.0.0/15"
}

make_network() {
  free_network >"$folder/network"
  ip netns add "$switch"
  ip -n "$switch" link add bridge type bridge
  ip -n "$switch" link set bridge up
  ip link add "$switch" type veth peer name head netns "$switch"
  ip -n "$switch" link set head master bridge up
  ip address add "$(head_address)/24" dev "$switch"
  ip link set "$switch" up
  { echo "127.0.0.1 localhost"; echo "$(head_address) $(hostname -s)"
    local number
    for ((number = 1; number <= nodes; ++number)); do echo "$(node_address $number) node$number"; done
  } >"$folder/hosts"
}

remove_network() {
  while mountpoint -q "$folder/shared" 2>/dev/null; do umount --lazy "$folder/shared"; done
  # At once; the kernel takes its time with what is left of a namespace.
  ip link delete "$switch" 2>/dev/null || true
  [ ! -e "/run/netns/$switch" ] || ip netns delete "$switch"
  rm -f "$folder/network"
}

share_folder() {
  local port
  port=$(free_port)
  mkdir -p "$folder"/{disk,shared}
  cat >"$folder/server.vol" <<END
volume files
  type storage/posix
  option directory $folder/disk
end-volume
volume locks
  type features/locks
  subvolumes files
end-volume
volume disk
  type performance/io-threads
  option thread-count 4
  subvolumes locks
end-volume
volume server
  type protocol/server
  option transport-type tcp
  option transport.socket.bind-address $(head_address)
  option transport.socket.listen-port $port
  option transport.tcp-user-timeout $disk_seconds
  option transport.socket.keepalive-time $((disk_seconds / 2))
  option transport.socket.keepalive-interval 1
  option transport.socket.keepalive-count $((disk_seconds / 2))
  option auth.addr.disk.allow *
  subvolumes disk
end-volume
END
  cat >"$folder/client.vol" <<END
volume shared
  type protocol/client
  option transport-type tcp
  option remote-host $(head_address)
  option remote-port $port
  option remote-subvolume disk
  option ping-timeout $disk_seconds
end-volume
END
  launch glusterfsd --volfile="$folder/server.vol" --log-file="$folder/log/disk" --pid-file="$folder/run/disk.pid"
  launch "$here/private/mount-shared" "$folder" "$folder/log/shared"
}

boot_node() { # N
  local place
  [ -z "$(alive "$1")" ] || fail "node$1 is on already"
  place=$(place "$1")
  mkdir -p "$place"/{tmp,run}
  rm -f "$place/pid" "$place"/run/*
  env "$mark" setsid unshare --net --uts --ipc --mount --pid --fork \
    "$here/private/node" "$folder" "node$1" "$(node_address "$1")" </dev/null >>"$folder/log/node$1" 2>&1 &
  wait_until $daemon_seconds test -s "$place/pid" || fail "node$1 does not start: see $folder/log/node$1"
  ip -n "$switch" link add "port$1" type veth peer name eth0 netns "$(process "$1")"
  ip -n "$switch" link set "port$1" master bridge up
}

number_of() { # NODE
  [[ $1 =~ ^node([1-9][0-9]?)$ ]] && [ -d "$folder/nodes/$1" ] ||
    fail "$1: no such node in $folder, which has: $(cd "$folder/nodes" 2>/dev/null && echo *)" 2
  echo "${BASH_REMATCH[1]}"
}

# Its first process if the node is on. (Numbers of processes are used again, so its environment must confirm it.)
alive() { # N
  local pid
  pid=$(process "$1") && grep -qszxF -- "$mark" "/proc/$pid/environ" && echo "$pid" || true
}
is_off() { [ -z "$(alive "$1")" ]; }

# The kernel kills all processes of a node with its first one, and removes its end of the cable.
kill_node() {
  local pid
  pid=$(alive "$1")
  [ -n "$pid" ] || fail "node$1 is off already"
  kill -KILL "$pid"
  wait_until $daemon_seconds is_off "$1" || fail "node$1 does not die"
  ip -n "$switch" link delete "port$1" 2>/dev/null || true
}

kill_all_nodes() {
  local pid_file
  for pid_file in "$folder"/nodes/*/pid; do
    [ ! -e "$pid_file" ] || is_off "$(number_of "$(basename "$(dirname "$pid_file")")")" ||
      kill_node "$(number_of "$(basename "$(dirname "$pid_file")")")"
  done
}

on() { # N COMMAND…
  local pid
  pid=$(alive "$1")
  shift
  [ -n "$pid" ] || fail "$node is off"
  nsenter --target "$pid" --net --uts --ipc --mount --pid -- "$@"
}

cut_node() { ip -n "$switch" link set "port$1" down; }
mend_node() {
  ip -n "$switch" link set "port$1" up
  # Slurm would ask a node that is down only every few minutes whether it is back.
  scontrol update NodeName="node$1" State=RESUME 2>/dev/null || true
}
# To everything on the node but its first process and the one that says so; twice, for what was being forked.
pause_node() { on "$1" bash -c 'kill -STOP -1; kill -STOP -1'; }
resume_node() { on "$1" bash -c 'kill -CONT -1'; }
run_node() { on "$@"; }
