#pragma once

// How HDF5 reaches a file, and how files are opened and made. The serial way is built in; the farm adds a
// parallel one (farm/mpi_session.hpp).

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "libpmd/store/hdf5_handle.hpp"

namespace bondscope {

/// How HDF5 reaches a file: alone, or beside other processes.
struct FileAccess {
  /// Makes a file access property list that the caller closes.
  std::function<hid_t()> properties;
  /// Returns when all that was written to the driver's own handle (H5Fget_vfd_handle) is on disk; false if
  /// that failed. Not H5Fflush: rows never wait in HDF5, and its parallel flush talks to MPI several times.
  std::function<bool(void*)> force_to_disk;
};

/// POSIX access by one process, without HDF5's own file locks (they fail on many shared file systems, and
/// readers must be able to look at a store that a farm is writing).
FileAccess serial_access();

namespace hdf5 {

/// What has a user block is checked by it before HDF5 sees the file. Throws FileError (missing, no regular
/// file, not readable, not writable if it should be), DataError (not HDF5, damaged).
Handle open_file(const std::filesystem::path& file, bool to_write = false,
                 const FileAccess& access = serial_access());

/// A file under a temporary name, which vanishes unless it is put in place. All throw FileError.
class NewFile {
 public:
  /// What may be written to later is in the format of HDF5 1.8: its objects have checksums, and files are not
  /// marked as open, also after the death of who opened them. What never changes again is in that of 1.10,
  /// which has checksums for the indices of chunks, too.
  enum class Kind { live, sealed };

  /// `most_ranges`: of data, see user_block.hpp; 0: a file without a user block.
  explicit NewFile(std::filesystem::path output, Kind kind = Kind::live, std::size_t most_ranges = 0);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  /// HDF5's handle.
  hid_t file() const { return file_.get(); }
  const std::filesystem::path& name() const { return partial_; }  ///< the temporary one

  /// Ends the writing through file().
  void close();
  /// Closes, fills the user block, forces to disk and renames. Never replaces a file. `data`: the datasets
  /// whose values are no skeleton.
  void put_in_place(const std::vector<std::string>& data = {});

 private:
  std::filesystem::path output_, partial_;
  Handle file_;
  Kind kind_;
  bool has_block_, in_place_ = false;
};

}  // namespace hdf5

}  // namespace bondscope
