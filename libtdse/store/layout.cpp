#include "libtdse/store/layout.hpp"

#include <cmath>
#include <cstring>
#include <vector>

#include <nlohmann/json.hpp>

#include "libtdse/base/error.hpp"
#include "libtdse/store/checksum.hpp"
#include "libtdse/store/hdf5_attribute.hpp"
#include "libtdse/store/part.hpp"

namespace tdse::layout {
namespace {

using hdf5::Handle;
using Shape = std::vector<hsize_t>;

constexpr std::uint64_t max_bytes = std::uint64_t{1} << 40;
constexpr std::size_t max_text = 64u << 20;
constexpr std::size_t max_molecule_name = 64;

struct Column {
  const char* path;
  const char* unit;
  const char* meaning;
  double RunParameters::*member;
};

constexpr std::array<Column, 4> parameter_columns{{
    {"/parameters/R", "a.u.", "internuclear distance", &RunParameters::R},
    {"/parameters/intensity_w_cm2", "W/cm^2", "peak intensity", &RunParameters::intensity_w_cm2},
    {"/parameters/cep", "rad", "carrier-envelope phase phi", &RunParameters::cep},
    {"/parameters/angle", "rad", "orientation angle alpha between molecular axis and polarisation (x)",
     &RunParameters::angle},
}};

struct TextAttribute {
  const char* name;
  std::string StoreDescription::*member;
};

constexpr std::array<TextAttribute, 10> text_attributes{{
    {"dataset", &StoreDescription::dataset},
    {"preset", &StoreDescription::preset},
    {"configuration", &StoreDescription::configuration},
    {"configuration_given", &StoreDescription::configuration_given},
    {"code_version", &StoreDescription::code_version},
    {"libraries", &StoreDescription::libraries},
    {"machine", &StoreDescription::machine},
    {"created", &StoreDescription::created},
    {"part", &StoreDescription::part},
    {"history", &StoreDescription::history},
}};

Handle text_type(std::size_t length) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), length);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

// ---- writing

class SkeletonWriter {
 public:
  SkeletonWriter(hid_t file, const std::filesystem::path& name) : file_(file), name_(name) {
    for (auto* creation : {&unset_, &zeroed_}) {
      *creation = Handle(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
      H5Pset_layout(creation->get(), H5D_CONTIGUOUS);
      H5Pset_alloc_time(creation->get(), H5D_ALLOC_TIME_EARLY);
    }
    H5Pset_fill_time(unset_.get(), H5D_FILL_TIME_NEVER);
    H5Pset_fill_time(zeroed_.get(), H5D_FILL_TIME_ALLOC);
  }

  void group(const char* path, const char* meaning) {
    const Handle made(H5Gcreate2(file_, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    require(bool(made) && hdf5::write_attribute(made.get(), "meaning", std::string(meaning)), path);
  }

  /// Without values the dataset only gets its space.
  void dataset(const char* path, hid_t file_type, const Shape& shape, const char* unit, const char* meaning,
               hid_t memory_type = -1, const void* values = nullptr) {
    const Handle made = create(path, file_type, shape, unit, meaning, unset_);
    if (values) require(H5Dwrite(made.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0, path);
  }

  /// Zeros, although the space is sparse anyway: a row must never begin as somebody's old disk block.
  void zeros(const char* path, hid_t file_type, const Shape& shape, const char* unit, const char* meaning) {
    create(path, file_type, shape, unit, meaning, zeroed_);
  }

  /// A dataset whose rows are compressed one by one.
  void rows_in_chunks(const char* path, hid_t file_type, const Shape& shape, const char* unit,
                      const char* meaning, int level) {
    const Handle chunked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    Shape chunk = shape;
    chunk[0] = 1;
    bool ok = H5Pset_chunk(chunked.get(), static_cast<int>(chunk.size()), chunk.data()) >= 0 &&
              H5Pset_fill_time(chunked.get(), H5D_FILL_TIME_NEVER) >= 0;
    if (level > 0)
      ok = ok && H5Pset_shuffle(chunked.get()) >= 0 &&
           H5Pset_deflate(chunked.get(), static_cast<unsigned>(level)) >= 0;
    require(ok, path);
    create(path, file_type, shape, unit, meaning, chunked);
  }

  void require(bool ok, const char* what) const {
    if (!ok) throw FileError(name_.string() + ": cannot create " + what + ": " + hdf5::last_error());
  }

 private:
  Handle create(const char* path, hid_t file_type, const Shape& shape, const char* unit, const char* meaning,
                const Handle& creation) {
    const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
    Handle made(H5Dcreate2(file_, path, file_type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                H5Dclose);
    require(made && hdf5::write_attribute(made.get(), "unit", std::string(unit)) &&
                hdf5::write_attribute(made.get(), "meaning", std::string(meaning)),
            path);
    return made;
  }

  hid_t file_;
  const std::filesystem::path& name_;
  Handle unset_, zeroed_;
};

// ---- reading

/// The file that an object lies in, as HDF5 knows it.
std::string file_name(hid_t object) {
  const auto length = H5Fget_name(object, nullptr, 0);
  std::string name(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
  if (length > 0) H5Fget_name(object, name.data(), name.size() + 1);
  return name;
}

class CheckedReader {
 public:
  CheckedReader(hid_t file, const std::filesystem::path& name, std::uint64_t file_bytes)
      : file_(file), name_(name), file_bytes_(file_bytes) {}

  [[noreturn]] void fail(const std::string& message) const {
    throw DataError(name_.string() + ": " + message);
  }

  std::string text(const char* attribute) const {
    auto value = hdf5::read_text_attribute(file_, attribute);
    if (!value) fail(std::string("damaged: the attribute ") + attribute + " is missing or not a text");
    if (value->size() > max_text) fail(std::string("damaged: the attribute ") + attribute + " is too long");
    return *value;
  }

  std::uint64_t integer(const char* attribute) const {
    const auto value = hdf5::read_integer_attribute(file_, attribute);
    if (!value) fail(std::string("damaged: the attribute ") + attribute + " is missing or not an integer");
    return *value;
  }

  Handle open(const char* path) const {
    Handle dataset(H5Dopen2(file_, path, H5P_DEFAULT), H5Dclose);
    if (!dataset)
      fail(std::string("damaged: the dataset ") + path + " cannot be opened: " + hdf5::last_error());
    // A link may lead to another file, of which nothing was checked.
    if (file_name(dataset.get()) != file_name(file_))
      fail(std::string("damaged: the dataset ") + path + " is not in this file");
    return dataset;
  }

  /// The extents of a dataset that is what it should be and lies wholly within the file.
  Shape shape(hid_t dataset, const char* path, int rank) const {
    const auto [extents, bytes] = extents_of(dataset, path, rank);
    const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
    const haddr_t offset = H5Dget_offset(dataset);
    if (H5Pget_layout(creation.get()) != H5D_CONTIGUOUS || offset == HADDR_UNDEF)
      fail(std::string("damaged: the dataset ") + path + " is not contiguous");
    if (offset > file_bytes_ || bytes > file_bytes_ - offset)
      fail(std::string("truncated: the dataset ") + path + " ends at byte " + std::to_string(offset + bytes) +
           ", but the file has only " + std::to_string(file_bytes_) + " bytes");
    return extents;
  }

  /// A dataset of one chunk per row, either plain or shuffled and deflated.
  void expect_rows_in_chunks(hid_t dataset, const char* path, const Shape& expected) const {
    const int rank = static_cast<int>(expected.size());
    if (extents_of(dataset, path, rank).first != expected)
      fail(std::string("damaged: the extents of ") + path + " do not fit the other datasets");
    const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
    Shape chunk(expected.size()), row = expected;
    row[0] = 1;
    if (H5Pget_layout(creation.get()) != H5D_CHUNKED ||
        H5Pget_chunk(creation.get(), rank, chunk.data()) != rank || chunk != row)
      fail(std::string("damaged: the dataset ") + path + " does not have one chunk for each run");
    const int filters = H5Pget_nfilters(creation.get());
    const auto filter = [&](unsigned index) {
      unsigned flags = 0, config = 0;
      std::size_t values = 0;
      return H5Pget_filter2(creation.get(), index, &flags, &values, nullptr, 0, nullptr, &config);
    };
    if (filters != 0 && !(filters == 2 && filter(0) == H5Z_FILTER_SHUFFLE && filter(1) == H5Z_FILTER_DEFLATE))
      fail(std::string("damaged: the dataset ") + path +
           " has other filters than shuffle and deflate; none but those are read");
  }

 private:
  /// Extents that can be, and the bytes of all values.
  std::pair<Shape, std::uint64_t> extents_of(hid_t dataset, const char* path, int rank) const {
    const Handle space(H5Dget_space(dataset), H5Sclose);
    if (H5Sget_simple_extent_ndims(space.get()) != rank)
      fail(std::string("damaged: the dataset ") + path + " does not have " + std::to_string(rank) +
           " dimension(s)");
    Shape extents(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
    const Handle type(H5Dget_type(dataset), H5Tclose);
    std::uint64_t bytes = H5Tget_size(type.get());
    for (const auto extent : extents) {
      if (extent == 0 || extent > max_bytes / bytes)
        fail(std::string("damaged: the dataset ") + path + " has an impossible extent");
      bytes *= extent;
    }
    return {extents, bytes};
  }

 public:
  void expect_type(hid_t dataset, const char* path, hid_t expected) const {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    if (H5Tequal(type.get(), expected) <= 0)
      fail(std::string("damaged: the dataset ") + path + " has another type");
  }

  void expect_shape(hid_t dataset, const char* path, const Shape& expected) const {
    if (shape(dataset, path, static_cast<int>(expected.size())) != expected)
      fail(std::string("damaged: the extents of ") + path + " do not fit the other datasets");
  }

  std::vector<std::uint64_t> run_numbers() const {
    return column<std::uint64_t>("/parameters/run", H5T_STD_U64LE, H5T_NATIVE_UINT64);
  }

  std::vector<double> column(const char* path) const {
    return column<double>(path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE);
  }

  std::vector<std::string> molecules() const {
    constexpr const char* path = "/parameters/molecule";
    const Handle dataset = open(path);
    const Handle type(H5Dget_type(dataset.get()), H5Tclose);
    const std::size_t length = H5Tget_size(type.get());
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 ||
        length > max_molecule_name)
      fail(std::string("damaged: the dataset ") + path + " is not a column of short fixed-length texts");
    const std::size_t rows = shape(dataset.get(), path, 1)[0];
    std::string characters(rows * length, '\0');
    if (!read_rows(dataset.get(), text_type(length).get(), 0, rows, characters.data()))
      fail(std::string("the dataset ") + path + " cannot be read: " + hdf5::last_error());
    std::vector<std::string> names;
    for (std::size_t row = 0; row < rows; ++row) {
      const char* begin = characters.data() + row * length;
      names.emplace_back(begin, strnlen(begin, length));
    }
    return names;
  }

 private:
  template <class Value>
  std::vector<Value> column(const char* path, hid_t file_type, hid_t memory_type) const {
    const Handle dataset = open(path);
    expect_type(dataset.get(), path, file_type);
    std::vector<Value> values(shape(dataset.get(), path, 1)[0]);
    if (!read_rows(dataset.get(), memory_type, 0, values.size(), values.data()))
      fail(std::string("the dataset ") + path + " cannot be read: " + hdf5::last_error());
    return values;
  }

  hid_t file_;
  const std::filesystem::path& name_;
  std::uint64_t file_bytes_;
};

hid_t select_rows(hid_t space, std::uint64_t row, std::uint64_t rows, Shape& count) {
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 1) return -1;
  count.resize(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space, count.data(), nullptr);
  Shape start(count.size(), 0);
  start[0] = row;
  count[0] = rows;
  return H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
}

void check_axis(const std::vector<double>& axis, const char* name) {
  if (axis.empty()) throw DataError(std::string("the momentum axis ") + name + " is empty");
  for (std::size_t j = 0; j < axis.size(); ++j)
    if (!std::isfinite(axis[j]) || (j > 0 && axis[j] <= axis[j - 1]))
      throw DataError(std::string("the momentum axis ") + name + " does not increase from point to point");
}

/// Whether `text` is a JSON array that is not nested beyond reason.
bool is_history(const std::string& text) {
  constexpr int deepest = 64;
  bool shallow = true;
  const auto parsed = nlohmann::json::parse(
      text,
      [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        shallow = shallow && depth <= deepest;
        return shallow;
      },
      false);
  return shallow && parsed.is_array();
}

}  // namespace

Handle diagnostics_type() {
  Handle type(H5Tcreate(H5T_COMPOUND, sizeof(StoredDiagnostics)), H5Tclose);
  for (std::size_t i = 0; i < diagnostics_fields.size(); ++i)
    H5Tinsert(type.get(), diagnostics_fields[i].name, i * sizeof(double), H5T_IEEE_F64LE);
  return type;
}

Handle reason_type() {
  return text_type(reason_bytes);
}

Handle record_type() {
  Handle type(H5Tcreate(H5T_COMPOUND, sizeof(StoredRecord)), H5Tclose);
  H5Tinsert(type.get(), "state", HOFFSET(StoredRecord, state), H5T_STD_U32LE);
  H5Tinsert(type.get(), "attempt", HOFFSET(StoredRecord, attempt), H5T_STD_U32LE);
  H5Tinsert(type.get(), "failure", HOFFSET(StoredRecord, failure), H5T_STD_U32LE);
  H5Tinsert(type.get(), "reserved", HOFFSET(StoredRecord, reserved), H5T_STD_U32LE);
  H5Tinsert(type.get(), "payload_checksum", HOFFSET(StoredRecord, payload_checksum), H5T_STD_U64LE);
  H5Tinsert(type.get(), "record_checksum", HOFFSET(StoredRecord, record_checksum), H5T_STD_U64LE);
  return type;
}

bool read_rows(hid_t dataset, hid_t memory_type, std::uint64_t row, std::uint64_t rows, void* values) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  Shape count;
  if (select_rows(space.get(), row, rows, count) < 0) return false;
  const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  return H5Dread(dataset, memory_type, memory.get(), space.get(), H5P_DEFAULT, values) >= 0;
}

bool write_row(hid_t dataset, hid_t memory_type, std::uint64_t row, const void* values) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  Shape count;
  if (select_rows(space.get(), row, 1, count) < 0) return false;
  const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  return H5Dwrite(dataset, memory_type, memory.get(), space.get(), H5P_DEFAULT, values) >= 0;
}

void check(const StoreDescription& d) {
  if (d.runs.empty()) throw DataError("a store needs at least one run");
  check_axis(d.kx, "kx");
  check_axis(d.ky, "ky");
  for (std::size_t i = 0; i < d.runs.size(); ++i) {
    const auto& run = d.runs[i];
    if (!std::isfinite(run.R) || !std::isfinite(run.intensity_w_cm2) || !std::isfinite(run.cep) ||
        !std::isfinite(run.angle))
      throw DataError("run " + std::to_string(i) + " has a parameter that is not a finite number");
    if (run.molecule.empty() || run.molecule.size() > max_molecule_name ||
        run.molecule.find('\0') != std::string::npos)
      throw DataError("run " + std::to_string(i) + " has no usable molecule name");
  }
  if (d.numbers.size() != d.runs.size())
    throw DataError(std::to_string(d.runs.size()) + " runs have " + std::to_string(d.numbers.size()) +
                    " run numbers");
  for (std::size_t i = 1; i < d.numbers.size(); ++i)
    if (d.numbers[i] <= d.numbers[i - 1])
      throw DataError("the run numbers do not increase: " + std::to_string(d.numbers[i]) + " follows " +
                      std::to_string(d.numbers[i - 1]));
  if (!d.part.empty() && !parse_part(d.part))
    throw DataError("part: '" + d.part + "' is not of the form I/N with 1 <= I <= N");
  if (!d.history.empty() && !is_history(d.history)) throw DataError("the history is not a JSON array");
  // Divided and not multiplied: the product may not fit.
  if (d.kx.size() > max_bytes / sizeof(float) / d.ky.size() ||
      d.runs.size() > max_bytes / (sizeof(float) * d.kx.size() * d.ky.size()))
    throw DataError("a store of more than 2^40 bytes; use fewer runs or a coarser momentum grid");
}

void write_skeleton(hid_t file, const StoreDescription& d, const std::filesystem::path& name, PmdLayout pmd,
                    int level) {
  SkeletonWriter writer(file, name);
  const Shape rows{d.runs.size()};

  writer.group("/parameters", "what was simulated, one row per run");
  writer.dataset("/parameters/run", H5T_STD_U64LE, rows, "", "number of the run in the whole data set",
                 H5T_NATIVE_UINT64, d.numbers.data());
  std::vector<double> values(d.runs.size());
  for (const auto& column : parameter_columns) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = d.runs[i].*column.member;
    writer.dataset(column.path, H5T_IEEE_F64LE, rows, column.unit, column.meaning, H5T_NATIVE_DOUBLE,
                   values.data());
  }
  std::size_t length = 1;
  for (const auto& run : d.runs)
    length = std::max(length, run.molecule.size());
  std::string molecules;
  for (const auto& run : d.runs)
    molecules += run.molecule + std::string(length - run.molecule.size(), '\0');
  const Handle type = text_type(length);
  writer.dataset("/parameters/molecule", type.get(), rows, "", "molecule", type.get(), molecules.data());

  writer.group("/axes", "momentum axes of /pmd");
  writer.dataset("/axes/kx", H5T_IEEE_F64LE, {d.kx.size()}, "a.u.", "momentum along the polarisation",
                 H5T_NATIVE_DOUBLE, d.kx.data());
  writer.dataset("/axes/ky", H5T_IEEE_F64LE, {d.ky.size()}, "a.u.", "momentum across the polarisation",
                 H5T_NATIVE_DOUBLE, d.ky.data());

  const Shape slabs{d.runs.size(), d.kx.size(), d.ky.size()};
  constexpr const char* pmd_unit = "a.u.^-2";
  constexpr const char* pmd_meaning = "photoelectron momentum distribution dP/d2k, [run, kx, ky]";
  if (pmd == PmdLayout::contiguous)
    writer.dataset("/pmd", H5T_IEEE_F32LE, slabs, pmd_unit, pmd_meaning);
  else
    writer.rows_in_chunks("/pmd", H5T_IEEE_F32LE, slabs, pmd_unit, pmd_meaning, level);
  std::string units, meanings;
  for (const auto& field : diagnostics_fields) {
    const std::string begin = (units.empty() ? "" : "; ") + std::string(field.name) + ": ";
    units += begin + field.unit;
    meanings += begin + field.meaning;
  }
  writer.dataset("/diagnostics", diagnostics_type().get(), rows, units.c_str(), meanings.c_str());
  writer.zeros("/commit", record_type().get(), rows, "",
               "state (0 pending, 1 done, 2 failed), attempts, kind of failure (0 none, 1 not_finite, 2 "
               "norm_grew, 3 start_state, 4 time_limit, 5 checksum, 6 killed, 7 other), XXH3-64 checksums of "
               "the run or its failure's reason and of the record");
  writer.zeros("/failure_reason", reason_type().get(), rows, "", "why a run failed, UTF-8");
  writer.zeros("/begun", H5T_STD_U32LE, rows, "1",
               "how often a run was begun without an end being known (advice, no checksum)");

  bool written = hdf5::write_attribute(file, "format", std::string(format)) &&
                 hdf5::write_attribute(file, "format_version", format_version) &&
                 hdf5::write_attribute(file, "seed", d.seed) &&
                 hdf5::write_attribute(file, "description_checksum", checksum(d));
  for (const auto& attribute : text_attributes)
    written = written && hdf5::write_attribute(file, attribute.name, d.*attribute.member);
  writer.require(written, "its attributes");
}

StoreDescription read_description(hid_t file, const std::filesystem::path& name, std::uint64_t file_bytes) {
  const CheckedReader reader(file, name, file_bytes);
  const auto found = hdf5::read_text_attribute(file, "format");
  if (!found || *found != format)
    reader.fail("an HDF5 file, but not a store of momentum distributions (no attribute format = " +
                std::string(format) + ")");
  const auto version = hdf5::read_integer_attribute(file, "format_version");
  if (!version || *version != format_version)
    reader.fail("a store of format version " + (version ? std::to_string(*version) : std::string("unknown")) +
                "; this program reads version " + std::to_string(format_version) +
                (version && *version < format_version
                     ? " only: read it with the version of the program that made it, or compute it again"
                     : ""));

  StoreDescription d;
  for (const auto& attribute : text_attributes)
    d.*attribute.member = reader.text(attribute.name);
  d.seed = reader.integer("seed");
  d.kx = reader.column("/axes/kx");
  d.ky = reader.column("/axes/ky");
  const auto molecules = reader.molecules();
  d.runs.resize(molecules.size());
  for (std::size_t i = 0; i < molecules.size(); ++i)
    d.runs[i].molecule = molecules[i];
  d.numbers = reader.run_numbers();
  for (const auto& column : parameter_columns) {
    const auto values = reader.column(column.path);
    if (values.size() != d.runs.size())
      reader.fail(std::string("damaged: the extents of ") + column.path + " do not fit the other datasets");
    for (std::size_t i = 0; i < values.size(); ++i)
      d.runs[i].*column.member = values[i];
  }
  if (reader.integer("description_checksum") != checksum(d))
    reader.fail("damaged: its attributes, axes or parameters do not match their checksum");
  try {
    check(d);
  } catch (const DataError& e) {
    reader.fail(std::string("damaged: ") + e.what());
  }
  return d;
}

RunDatasets open_run_datasets(hid_t file, const std::filesystem::path& name, std::uint64_t file_bytes,
                              const StoreDescription& d, PmdLayout pmd) {
  const CheckedReader reader(file, name, file_bytes);
  const auto open = [&](const char* path, hid_t type, const Shape& shape) {
    Handle dataset = reader.open(path);
    reader.expect_type(dataset.get(), path, type);
    reader.expect_shape(dataset.get(), path, shape);
    return dataset;
  };
  RunDatasets sets;
  const Shape slabs{d.runs.size(), d.kx.size(), d.ky.size()};
  if (pmd == PmdLayout::contiguous) {
    sets.pmd = open("/pmd", H5T_IEEE_F32LE, slabs);
  } else {
    sets.pmd = reader.open("/pmd");
    reader.expect_type(sets.pmd.get(), "/pmd", H5T_IEEE_F32LE);
    reader.expect_rows_in_chunks(sets.pmd.get(), "/pmd", slabs);
  }
  sets.commit = open("/commit", record_type().get(), {d.runs.size()});
  sets.failure_reason = open("/failure_reason", reason_type().get(), {d.runs.size()});
  sets.begun = open("/begun", H5T_STD_U32LE, {d.runs.size()});
  sets.diagnostics = open("/diagnostics", diagnostics_type().get(), {d.runs.size()});
  return sets;
}

bool plausible_chunk(hid_t pmd, std::uint64_t run) {
  const Handle creation(H5Dget_create_plist(pmd), H5Pclose);
  Shape chunk(3);
  if (H5Pget_chunk(creation.get(), 3, chunk.data()) != 3) return false;
  const hsize_t bytes = sizeof(float) * chunk[1] * chunk[2];
  const Shape start{run, 0, 0};
  hsize_t stored = 0;
  if (H5Dget_chunk_storage_size(pmd, start.data(), &stored) < 0) return false;
  // What does not shrink grows by a thousandth and a few bytes.
  return stored <= bytes + bytes / 512 + 64;
}

void write_seal(hid_t file, std::uint64_t seal, const std::filesystem::path& name) {
  if (!hdf5::write_attribute(file, "sealed", std::uint64_t{1}) || !hdf5::write_attribute(file, "seal", seal))
    throw FileError(name.string() + ": cannot be sealed: " + hdf5::last_error());
}

std::optional<std::uint64_t> read_seal(hid_t file, const std::filesystem::path& name) {
  if (H5Aexists(file, "sealed") <= 0) return {};
  const CheckedReader reader(file, name, 0);
  if (reader.integer("sealed") != 1) reader.fail("damaged: the attribute sealed is not 1");
  return reader.integer("seal");
}

}  // namespace tdse::layout
