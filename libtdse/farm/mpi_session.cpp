#include "libtdse/farm/mpi_session.hpp"

#include <cstdlib>

#include <mpi.h>

namespace tdse {

MpiSession::MpiSession(int& argc, char**& argv) {
  // Of Open MPI's two ways to files, OMPIO insists on shared file pointers that the store never uses: for
  // each open file it makes others, beside the store or in a folder that ending jobs remove under it. ROMIO
  // makes none.
  ::setenv("OMPI_MCA_io", "^ompio", 0);
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
}

MpiSession::~MpiSession() {
  MPI_Finalize();
}

}  // namespace tdse
