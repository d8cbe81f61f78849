#pragma once

// clang-format off
// The store: one HDF5 file with the parameters, momentum distributions and diagnostics of all runs of a data set.
//
// Layout (format 2; row i of every dataset belongs to run i; every object carries `unit` and `meaning`):
//   /                             attributes: format, format_version, dataset, preset, seed, configuration (resolved
//                                 YAML), configuration_given, code_version, libraries, machine, created, part, history,
//                                 description_checksum
//   /parameters/run                              uint64 [run], the run's number in the whole data set
//   /parameters/R, intensity_w_cm2, cep, angle   float64 [run]: a dataset for each of common_parameters()
//   /parameters/molecule                         fixed-length text [run]
//   /parameters/NAME                             float64 [run], for each that the data set declares; their declarations are
//                                                the attribute declared_parameters (YAML), which is absent without them
//   /axes/kx, ky                                 float64
//   /pmd                                         float32 [run, kx, ky], a.u.⁻², contiguous
//   /diagnostics                                 compound [run]: a float64 for each of diagnostics_fields
//   /commit                                      compound [run]: state, attempt, failure, reserved, payload_checksum,
//                                                record_checksum
//   /failure_reason                              fixed-length text [run]
//   /begun                                       uint32 [run], begun so often without an end being known; advice only
// and in a store whose distributions were derived from runs of others (attribute derivation):
//   /derivation/use                              uint8 [run], whether for training or tests only
//   /derivation/links_end                        uint64 [run], where the links of a row end
//   /derivation/links                            compound [link]: source, reserved, run, payload_checksum, weight
//   /derivation/roots_end                        uint64 [run], where the roots of a row end
//   /derivation/roots                            uint64 [root], payload checksums of the computed runs behind a row
// clang-format on
//
// A run's life in the file: its slab and diagnostics are written and synced, then its commit record is
// written and synced. A failed run has a reason instead of a slab. Only records whose own checksum holds
// count; anything else reads as pending. The skeleton is complete before the file gets its name, and nothing
// is created or resized afterwards.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libpmd/model/diagnostics.hpp"
#include "libpmd/store/description.hpp"
#include "libpmd/store/failure.hpp"
#include "libpmd/store/file_access.hpp"

namespace bondscope {

enum class RunState : std::uint32_t { pending = 0, done = 1, failed = 2 };
const char* to_string(RunState state);

struct CommitRecord {
  RunState state = RunState::pending;
  std::uint32_t attempt = 0;           ///< attempts made so far; 0 while none has ended
  std::uint64_t payload_checksum = 0;  ///< XXH3 of the run's parameters, diagnostics and slab, or its reason
  bool intact = true;                  ///< false: does not match its own checksum, and so counts as pending
  FailureKind failure = FailureKind::none;  ///< of a failed run
};

/// A live store can be written to; a sealed one is a compressed copy that nothing changes any more: /pmd lies
/// in one chunk per run, shuffled and deflated, and the attributes sealed (1) and seal (XXH3 of description
/// checksum and commit records) say so.
enum class StoreKind { live, sealed };

/// Reads and writes rows. Not for use by several threads at a time.
class Store {
 public:
  enum class Mode { read, write };

  /// Builds the skeleton as a temporary file beside `file`, syncs it and renames it into place. Throws
  /// FileError (exists already, directory missing or not writable, too little space), DataError (description
  /// not sensible: no runs, axes not increasing, more than 2^40 bytes).
  static void create(const std::filesystem::path& file, const StoreDescription& description);

  /// As create(), but `fill` writes rows before the file gets its name. They are synced all together. Throws
  /// also what `fill` throws; nothing is left behind then. `level` of a sealed store's compression: 0 (none)
  /// to 9.
  static void create_filled(const std::filesystem::path& file, const StoreDescription& description,
                            const std::function<void(Store&)>& fill, StoreKind kind = StoreKind::live,
                            int level = 4);

  /// Opens and checks format, version, extents and description checksum. Throws FileError (missing, not
  /// readable, in write mode not writable or sealed), DataError (not HDF5, foreign HDF5, other version,
  /// truncated, damaged, broken seal), each naming the file and what is wrong.
  static Store open(const std::filesystem::path& file, Mode mode, const FileAccess& access = serial_access());

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  const std::filesystem::path& path() const;
  const StoreDescription& description() const;
  std::uint64_t description_checksum() const;
  std::size_t size() const;  ///< number of runs
  std::string name_of(
      std::size_t run) const;  ///< for messages, with its number in the data set: "FILE: run 12"
  bool sealed() const;

  /// Reads the file at every call, so a reader sees what another process commits meanwhile.
  CommitRecord commit(std::size_t run) const;
  std::vector<CommitRecord> commits() const;
  std::vector<std::size_t> runs_in(RunState state) const;

  std::vector<float> pmd(std::size_t run) const;  ///< [kx][ky]
  Diagnostics diagnostics(std::size_t run) const;
  /// Recomputes the checksum of what the file holds for a done run and compares it with the commit record.
  bool payload_intact(std::size_t run) const;

  /// Why a run failed. Empty if it has not, or if the text does not match its checksum.
  std::string failure_reason(std::size_t run) const;
  /// Whether a failed run's reason matches its checksum.
  bool reason_intact(std::size_t run) const;
  /// How often each run was begun without an end being known. Advice only: no checksum, more than 1000 reads
  /// as 0.
  std::vector<std::uint32_t> begun() const;

  /// Slab and diagnostics, sync, commit record, sync. When it returns the run is safe. Throws FileError with
  /// the reason (disk full, …); the store stays continuable.
  void write(std::size_t run, std::span<const float> pmd, const Diagnostics& diagnostics,
             std::uint32_t attempt);
  /// Records a failed attempt: reason (as storable_reason() makes it), sync, commit record, sync. Throws as
  /// write().
  void write_failure(std::size_t run, std::uint32_t attempt, FailureKind kind, const std::string& reason);
  /// One small write without a sync: it survives the death of this process, not of the machine.
  void mark_begun(std::size_t run, std::uint32_t count);

  /// Without it, write() and write_failure() leave the syncing to the operating system: for rows that can be
  /// had again.
  void sync_each_run(bool on);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondscope
