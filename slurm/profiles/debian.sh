# shellcheck shell=bash
# Site profile: Debian with Open MPI's mpirun, and binaries of jobs/build. The default. A profile sets PMD_BIN and
# defines pmd_launch; example-modules.sh explains both.

# In an installation this is share/bondscope/slurm/profiles.
if [ -z "${PMD_BIN:-}" ] && [ -x "$PMD_ROOT/../../bin/pmd_store" ]; then PMD_BIN=$(realpath "$PMD_ROOT/../../bin"); fi
PMD_BIN=${PMD_BIN:-$PMD_ROOT/build/release/bin}

pmd_launch() { # RANKS PROGRAM ARGUMENTS…
  local ranks=$1 options=(-q --oversubscribe --bind-to none)
  shift
  # What killed ranks leave behind goes with the job's folder, which other nodes do not have.
  if [ "${SLURM_JOB_NUM_NODES:-1}" = 1 ]; then
    options+=(--mca orte_tmpdir_base "$scratch" --mca btl_vader_backing_directory "$scratch")
  fi
  if [ "$(id -u)" -eq 0 ]; then options+=(--allow-run-as-root); fi
  exec mpirun -n "$ranks" "${options[@]}" "$@"
}
