#pragma once

// clang-format off
// The store: one HDF5 file with the parameters, momentum distributions and diagnostics of all runs of a data set.
//
// Layout (format 3; row i of every dataset belongs to run i; every object carries `meaning`, and where it has values
// `unit`; /run, /kx and /ky are HDF5 dimension scales of all that they count):
//   user block                    vouches for all but the data, see user_block.hpp
//   /                             attributes: format, format_version, kind (live, sealed, compact), dataset, preset, seed, part,
//                                 description_checksum
//   /run                          uint64 [run], the run's number in the whole data set
//   /kx, /ky                      float64
//   /pmd                          float32 [run, kx, ky], a.u.⁻²; contiguous, in a sealed store a compressed chunk a row
//   /runs/record                  compound [run], a record of 4096 bytes, in a sealed store of 512: state, attempt,
//                                 failure, begun, payload_checksum, record_checksum, a float64 for each of
//                                 diagnostics_fields, reason (fixed-length text)
//   /parameters/R, intensity_w_cm2, cep, angle, …   float64 [run]: one for each of common_parameters() and of those that
//                                 the data set declares; attribute `symbol`
//   /parameters/molecule          fixed-length text [run]
//   /provenance/…                 texts: configuration (resolved YAML), configuration_given, code_version, libraries,
//                                 machine, created, history, declared_parameters (YAML); empty ones are left out
// where there are such:
//   /unknown/NAME                 uint8 [run], 1 where the value of a parameter is not known and reads 0
//   /measured                     uint8 [run], 1 where a row was measured and not computed
//   /amplitude, /counts, /uncertainty, /mask   as /pmd, of complex64 (compound r, i), uint32, float32, uint8
// in one of kind compact:
//   /pmd                          uint8 [run, kx, ky], one deflated chunk per run: differences of fourth roots, compact.hpp
//   /compact/scale                float64 [run]: PMD = (root · scale)^4
//   /compact/mirrored             uint8 [run], 1 where the first half of ky is left out
//   /compact/grey_mean, grey_largest, total_variation   float64 [run]: the error, CompactError
// and in a store whose distributions were derived from runs of others (/provenance/derivation):
//   /derivation/use               uint8 [run], whether for training or tests only
//   /derivation/links_end         uint64 [run], where the links of a row end
//   /derivation/links             compound [link]: source, reserved, run, payload_checksum, weight
//   /derivation/roots_end         uint64 [run], where the roots of a row end
//   /derivation/roots             uint64 [root], payload checksums of the computed runs behind a row
// clang-format on
//
// A run's life in the file: its slab is written and synced, then its record is written, in one write, and
// synced.
// A failed run has a reason instead of a slab. Only records whose own checksum holds count; anything else
// reads as
// pending. The skeleton is complete before the file gets its name, and nothing is created or resized
// afterwards.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libpmd/model/diagnostics.hpp"
#include "libpmd/store/compact.hpp"
#include "libpmd/store/description.hpp"
#include "libpmd/store/failure.hpp"
#include "libpmd/store/file_access.hpp"
#include "libpmd/store/row_arrays.hpp"

namespace bondscope {

/// What became of a run.
enum class RunState : std::uint32_t { pending = 0, done = 1, failed = 2 };
/// "pending", "done", "failed".
const char* to_string(RunState state);

/// The part of a run's record that says what became of it.
struct CommitRecord {
  RunState state = RunState::pending;  ///< pending also if the record is damaged
  std::uint32_t attempt = 0;           ///< attempts made so far; 0 while none has ended
  std::uint64_t payload_checksum = 0;  ///< as payload_checksum() makes it, or of the reason
  bool intact = true;                  ///< false: does not match its own checksum, and so counts as pending
  FailureKind failure = FailureKind::none;  ///< of a failed run
};

/// All that a store says of a run but its distribution. Without a record that is intact there is nothing.
struct RunRecord {
  CommitRecord commit{};       ///< what became of it
  Diagnostics diagnostics{};   ///< zeros of a run that is not done
  std::string reason{};        ///< why a run failed
  bool reason_intact = false;  ///< whether it has failed, and the reason matches its checksum
  /// How often it was begun without an end being known. Advice only: more than 1000 reads as 0.
  std::uint32_t begun = 0;
  bool in_flight = false;  ///< being computed, or it was when its farm died; advice, too
};

/// A run as its store has it.
struct RunContent {
  RunRecord record;        ///< all but the data
  std::vector<float> pmd;  ///< [kx][ky]
  RowArrays arrays;        ///< beside the distribution, where the store has such
};

/// A live store can be written to; a sealed one is a compressed copy that nothing changes any more: its
/// records, too, are part of the skeleton that the user block vouches for.
/// A compact one is a sealed one whose distributions are kept as bytes (compact.hpp); pmd() restores them.
enum class StoreKind { live, sealed, compact };

/// Reads and writes rows. Not for use by several threads at a time.
class Store {
 public:
  /// What a store is opened for.
  enum class Mode { read, write };
  static constexpr std::uint64_t current_format = 3;  ///< that is written

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

  /// Opens and checks user block, format, version, extents and description checksum. Throws FileError
  /// (missing, not readable, in write mode not writable or sealed), DataError (not HDF5, foreign HDF5, other
  /// version, truncated, damaged, broken seal; in write mode expect_user_block()), each naming the file and
  /// what is wrong.
  static Store open(const std::filesystem::path& file, Mode mode, const FileAccess& access = serial_access());

  /// Throws DataError, which says how to get one of today's format, if the file is HDF5 and has no user
  /// block: for whoever lets HDF5 open only what that vouches for. Says nothing of other files.
  static void expect_user_block(const std::filesystem::path& file);

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// The file's name.
  const std::filesystem::path& path() const;
  /// What is fixed at creation.
  const StoreDescription& description() const;
  /// As docs/formats.md defines it.
  std::uint64_t description_checksum() const;
  std::size_t size() const;  ///< number of runs
  std::string name_of(
      std::size_t run) const;  ///< for messages, with its number in the data set: "FILE: run 12"
  /// Whether it can be written to.
  StoreKind kind() const;
  bool sealed() const;  ///< or compact
  /// current_format, or 2 in a store of an earlier program, which is only read.
  std::uint64_t format_version() const;

  /// Reads the file at every call, so a reader sees what another process commits meanwhile.
  CommitRecord commit(std::size_t run) const;
  /// Every run has one: see commit().
  std::vector<CommitRecord> commits() const;
  /// All that there is of a run but the data.
  RunRecord record(std::size_t run) const;
  /// Every run has one: see record().
  std::vector<RunRecord> records() const;
  /// Rows in this state, increasing.
  std::vector<std::size_t> runs_in(RunState state) const;

  std::vector<float> pmd(std::size_t run) const;  ///< [kx][ky]
  /// Those of a run's record.
  Diagnostics diagnostics(std::size_t run) const;
  /// What a run's distribution lost, in a store of kind compact; empty in others.
  std::optional<CompactError> compact_error(std::size_t run) const;
  /// All that there is of a run, each read once; of one that is not done only the record.
  RunContent load(std::size_t run) const;
  /// Whether a run is done and what was read matches its record's checksum. Reads nothing itself, and may be
  /// called by several threads at a time.
  bool matches(std::size_t run, const RunContent& loaded) const;
  /// Recomputes the checksum of what the file holds for a done run and compares it with the commit record.
  bool payload_intact(std::size_t run) const;

  /// Why a run failed. Empty if it has not, or if the text does not match its checksum.
  std::string failure_reason(std::size_t run) const;
  /// Whether a failed run's reason matches its checksum.
  bool reason_intact(std::size_t run) const;
  /// RunRecord::begun of each run.
  std::vector<std::uint32_t> begun() const;

  /// Distribution and arrays, sync, record, sync. When it returns the run is safe, and no longer counts as
  /// begun. Throws FileError with the reason (disk full, …); the store stays continuable. DataError if
  /// `arrays` has one that the store has no place for.
  void write(std::size_t run, std::span<const float> pmd, const Diagnostics& diagnostics,
             std::uint32_t attempt, const RowArrays& arrays = {});
  /// The same in a store of kind compact, which takes nothing else: the run's distribution is what expand()
  /// makes of it.
  void write_compact(std::size_t run, const CompactDistribution& compact, const CompactError& error,
                     const Diagnostics& diagnostics, std::uint32_t attempt);
  /// Records a failed attempt, with the reason as storable_reason() makes it: record, sync. Throws as
  /// write().
  void write_failure(std::size_t run, std::uint32_t attempt, FailureKind kind, const std::string& reason);
  /// One write without a sync, and none if nothing changes or the run is done: it survives the death of this
  /// process, not of the machine.
  void mark_begun(std::size_t run, std::uint32_t count, bool in_flight = false);

  /// Without it, write() and write_failure() leave the syncing to the operating system: for rows that can be
  /// had again.
  void sync_each_run(bool on);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondscope
