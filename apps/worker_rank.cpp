#include "apps/worker_rank.hpp"

#include <exception>
#include <iostream>

#include <mpi.h>

#include "apps/shared/program.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/worker.hpp"

using namespace bondscope;

int serve_as_worker(tdse::Mailbox& mailbox, int rank, const SignalWatch& signals) {
  try {
    tdse::serve(mailbox, tdse::tdse_solver, signals);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << " (rank " << rank << ")" << std::endl;
    MPI_Abort(MPI_COMM_WORLD, exit_code::failure);
  }
  return exit_code::success;
}
