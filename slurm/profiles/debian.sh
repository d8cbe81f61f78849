# shellcheck shell=bash
# Site profile: Debian with Open MPI's mpirun, and binaries of jobs/build. The default. A profile sets PMD_BIN and
# defines pmd_launch; example-modules.sh explains both.

# In an installation this is share/bondscope/slurm/profiles.
if [ -z "${PMD_BIN:-}" ] && [ -x "$PMD_ROOT/../../bin/pmd_store" ]; then PMD_BIN=$(realpath "$PMD_ROOT/../../bin"); fi
PMD_BIN=${PMD_BIN:-$PMD_ROOT/build/release/bin}

pmd_launch() { # RANKS PROGRAM ARGUMENTS…
  local ranks=$1 options=(-q --oversubscribe --bind-to none)
  shift
  # Open MPI's own files are in the job's folder. In /tmp/ompi.NODE.USER, which all jobs of a user share, one mpirun may
  # remove the folder that another has just found there, which then ends with an error in session_dir.c.
  if [ "${SLURM_JOB_NUM_NODES:-1}" = 1 ]; then
    # What killed ranks leave behind goes with it, too.
    options+=(--mca orte_tmpdir_base "$scratch" --mca btl_vader_backing_directory "$scratch")
  else
    # As what Open MPI makes where it is missing and removes in the end: other nodes do not have the folder.
    options+=(--mca orte_top_session_dir "$scratch")
  fi
  if [ "$(id -u)" -eq 0 ]; then options+=(--allow-run-as-root); fi
  exec mpirun -n "$ranks" "${options[@]}" "$@"
}
