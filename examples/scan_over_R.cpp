// Ionisation against internuclear distance: a farm inside a program of one's own.
//
//   mpirun -n 3 scan_over_R scan.h5
//
// Rank 0 hands out the runs, the others solve them, and the store keeps them. The same command again finds
// them there and computes nothing; after a kill it computes what is missing.
#include <iostream>

#include <bondscope/libpmd/store/store.hpp>
#include <bondscope/libtdse/farm/generate.hpp>
#include <bondscope/libtdse/farm/mpi_session.hpp>
#include <bondscope/libtdse/farm/worker.hpp>
#include <fmt/format.h>

using namespace bondscope;

namespace {

/// A data set that lists its runs, as YAML: R = 1, 1.5, …, 4 a.u., tilted by 30°.
std::string data_set() {
  std::string yaml = "name: scan\nmolecule: H2+\nruns:\n";
  for (int i = 0; i <= 6; ++i)
    yaml += fmt::format("  - {{R: {}, intensity_w_cm2: 2e14, cep: 0, angle_deg: 30}}\n", 1 + 0.5 * i);
  return yaml;
}

void compute(const std::filesystem::path& file, tdse::Workers& workers, const SignalWatch& signals) {
  const auto generation = tdse::Generation::load(
      {.dataset = "scan", .preset = "quick", .set = {}, .runs = {}, .seed = {}, .dataset_text = data_set()},
      {.store = file, .log = {}, .ranks_per_run = "1", .settings = {}});
  const tdse::GenerateListener silent{.line = [](const std::string&) {},
                                      .progress = [](const tdse::Ledger&) {}};
  tdse::generate(generation, workers, signals, tdse::Afterwards::dismiss, silent);
}

void report(const std::filesystem::path& file) {
  const auto store = Store::open(file, Store::Mode::read);
  fmt::print("R / a.u.   E0 / hartree   ionised\n");
  for (const auto run : store.runs_in(RunState::done)) {
    const auto found = store.diagnostics(run);
    fmt::print("{:8.2f}   {:12.4f}   {:.3e}\n", store.description().runs[run].R, found.ground_state_energy,
               found.yield);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const SignalWatch signals;  // a signal lets running runs end, and starts no others
  const tdse::MpiSession mpi(argc, argv);
  tdse::Mailbox mailbox(MPI_COMM_WORLD);
  try {
    if (mpi.rank() > 0) {
      tdse::serve(mailbox, tdse::tdse_solver, signals);
      return 0;
    }
    const std::filesystem::path file = argc > 1 ? argv[1] : "scan.h5";
    tdse::Workers workers(mailbox);
    compute(file, workers, signals);
    report(file);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << std::endl;
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
}
