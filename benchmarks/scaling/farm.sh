# shellcheck shell=bash
# What weak.slurm and strong.slurm have in common: how many tasks there are (`tasks`, `workers`), and a farm of mixed
# runs of which they differ in the number.

cd "${SLURM_SUBMIT_DIR:-$PWD}"
PMD_ROOT=$PWD
tasks=${SLURM_NTASKS:-${TASKS:?set TASKS, or submit with sbatch --ntasks=N}}
workers=$((tasks - 1))
(( workers > 0 )) || { echo "error: a farm with workers needs at least 2 tasks" >&2; exit 2; }

if [[ -n ${SLURM_JOB_ID:-} ]]; then
  # The site profile says how MPI is started here.
  # shellcheck source-path=SCRIPTDIR source=../../slurm/job.sh
  . slurm/job.sh
  load_site
  make_scratch
else
  PMD_BIN=${PMD_BIN:-build/release/bin}
  pmd_launch() { exec mpirun -n "$1" --oversubscribe --bind-to none "${@:2}"; }
fi

measure_farm() { # weak|strong RUNS
  local folder=${FOLDER:-output/benchmarks/scaling}
  local name=$folder/$1-$workers-${SLURM_JOB_ID:-$(date +%s)}
  mkdir -p "$folder"
  benchmarks/scaling/mixed "$2" >"$name.yaml"
  (pmd_launch "$tasks" "$PMD_BIN/tdse_farm" --dataset "$name.yaml" --preset "${PRESET:-production}" --store "$name.h5")
}
