# shellcheck shell=bash
# A site profile to copy: what is particular to a cluster stands here and nowhere else.
#
#   cp slurm/profiles/example-modules.sh slurm/profiles/mycluster.sh      and edit it, then
#   . slurm/profiles/mycluster.sh
#   sbatch --time=1-0 --nodes=4 jobs/generate.slurm --dataset base --preset production --store base.h5
#
# It is read twice: in the shell that submits, for what sbatch must know, and in the job, for the rest. PMD_ROOT is
# the source tree; in the shell that submits it need not be set.

# For sbatch: the profile that the job reads, and where it runs. sbatch takes its own options from variables named
# SBATCH_…, unless they are given on its command line. A site that does not pass variables on to jobs
# (--export=NONE) needs sbatch --export=PMD_SITE=mycluster.
export PMD_SITE=mycluster
# export SBATCH_PARTITION=standard
# export SBATCH_ACCOUNT=p12345
# export SBATCH_QOS=normal

# Modules: the same as when the programs were built.
# module purge
# module load gcc/13 openmpi/4.1 hdf5-parallel/1.14 boost/1.83 yaml-cpp/0.8

# Where the programs are (required).
PMD_BIN=${PMD_BIN:-${PMD_ROOT:-$PWD}/build/release/bin}

# A folder on the node itself for what programs leave while they run; without it $TMPDIR, or /tmp.
# PMD_SCRATCH=/local/$USER

# Starts PROGRAM with ARGUMENTS on RANKS ranks of the job (required). It must replace itself (exec) by a launcher that
# passes SIGUSR1 on to the ranks, as srun and Open MPI's mpirun do. RANKS is one more than the job has tasks, since
# rank 0 only hands out runs; --overcommit allows for that, and no rank may be bound to a core that it then shares.
# srun --mpi=list tells what MPI can be started by srun; Open MPI needs one of the pmix there. debian.sh has mpirun.
pmd_launch() { # RANKS PROGRAM ARGUMENTS…
  local ranks=$1
  shift
  exec srun --mpi=pmix --ntasks="$ranks" --overcommit --cpu-bind=none "$@"
}
