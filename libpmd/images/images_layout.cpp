#include "libpmd/images/images_layout.hpp"

#include <cmath>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/run_columns.hpp"

namespace bondscope::images_layout {
namespace {

using hdf5::Handle;

/// Whatever is larger is not believed.
constexpr std::uint64_t most_axis_points = 1u << 24;

std::string group_of(const Representation& representation) {
  return "/images/" + representation.name;
}

hsize_t size(int pixels) {
  return static_cast<hsize_t>(pixels);
}

hdf5::Shape shape_of(const ImageSettings& image, std::size_t rows) {
  return {rows, size(image.width), size(image.height)};
}

/// The pixels' axes in a fixed window, and what they are the centres of.
struct PixelAxis {
  const char* name;
  const char* unit;
  const char* meaning;
  std::vector<double> values;
};

std::vector<PixelAxis> axes_of(const ImageSettings& image) {
  const bool crop = image.window == Window::crop;
  const auto e = crop ? Extent{0, 1, 0, 1} : window_extent(image);
  PixelAxis first{"kx", "a.u.", "momentum along the polarisation: centres of the pixels",
                  cell_centres(e.kx_min, e.kx_max, image.width)};
  if (crop)
    first = {"share_kx", "1", "centres of the pixels, 0 at the extent's kx_min and 1 at kx_max",
             first.values};
  else if (image.view == View::energy)
    first = {"energy", "hartree", "energy of the electron: centres of the pixels", first.values};
  else if (image.view == View::angular)
    first = {"angle", "rad", "angle between momentum and polarisation: centres of the pixels", first.values};
  if (image.one_dimensional()) return {first, {"single", "", "one dimension only", {0}}};
  const auto across = cell_centres(e.ky_min, e.ky_max, image.height);
  if (crop)
    return {first,
            {"share_ky", "1", "centres of the pixels, 0 at the extent's ky_min and 1 at ky_max", across}};
  return {first, {"ky", "a.u.", "momentum across the polarisation: centres of the pixels", across}};
}

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream all(list);
  for (std::string name; std::getline(all, name, ',');)
    names.push_back(name);
  return names;
}

/// Image settings as attributes of a group.
class AttributeWriter {
 public:
  AttributeWriter(hdf5::SkeletonWriter& writer, std::string group)
      : writer_(writer), group_(std::move(group)) {}

  template <class Value, class... Limits>
  void field(const char* key, const Value& value, const Limits&...) {
    if constexpr (Named<Value>)
      write(key, std::string(to_string(value)));
    else if constexpr (std::is_same_v<Value, int>)
      write(key, static_cast<std::uint64_t>(value));
    else
      write(key, value);
  }
  void field(const char* key, const Interval& value, Range) {
    write(fmt::format("{}_min", key), value.min);
    write(fmt::format("{}_max", key), value.max);
  }

 private:
  void write(const std::string& name, const auto& value) {
    writer_.attribute_of(group_.c_str(), name.c_str(), value);
  }

  hdf5::SkeletonWriter& writer_;
  std::string group_;
};

/// Throws ConfigError for values that cannot be.
class AttributeReader {
 public:
  AttributeReader(const hdf5::CheckedReader& reader, hid_t file, const std::string& group)
      : reader_(reader), group_(group), object_(H5Oopen(file, group.c_str(), H5P_DEFAULT), H5Oclose) {
    if (!object_) reader.fail(fmt::format("damaged: there is no group {}", group));
  }

  template <Named Enum>
  void field(const char* key, Enum& value) {
    value = value_of<Enum>(found(key, hdf5::read_text_attribute(object_.get(), key)));
  }
  void field(const char* key, double& value, Range range) {
    value = found(key, hdf5::read_number_attribute(object_.get(), key));
    if (!range.contains(value)) reader_.fail(fmt::format("damaged: {} of {} is out of range", key, group_));
  }
  void field(const char* key, Interval& value, Range range) {
    field(fmt::format("{}_min", key).c_str(), value.min, range);
    field(fmt::format("{}_max", key).c_str(), value.max, range);
  }
  void field(const char* key, int& value, int min, int max) {
    const auto stored = found(key, hdf5::read_integer_attribute(object_.get(), key));
    if (stored < static_cast<std::uint64_t>(min) || stored > static_cast<std::uint64_t>(max))
      reader_.fail(fmt::format("damaged: {} of {} is {}; expected {} to {}", key, group_, stored, min, max));
    value = static_cast<int>(stored);
  }

 private:
  template <class Value>
  Value found(const char* key, const std::optional<Value>& value) const {
    if (!value) reader_.fail(fmt::format("damaged: {} has no attribute {} as it should be", group_, key));
    return *value;
  }

  const hdf5::CheckedReader& reader_;
  std::string group_;
  Handle object_;
};

/// What the dimensions of a representation's datasets are.
void write_extent(hdf5::SkeletonWriter& writer, const Representation& representation, std::size_t rows) {
  constexpr std::size_t length = 6;
  const std::string names = "kx_minkx_maxky_minky_max";
  const auto edge = path_of(representation, "edge"), extent = path_of(representation, "extent");
  const Handle type = hdf5::text_type(length);
  writer.dataset(edge.c_str(), type.get(), {names.size() / length}, "", "the edges of an extent", type.get(),
                 names.data());
  writer.scale(edge.c_str(), "edge");
  writer.dataset(extent.c_str(), H5T_IEEE_F64LE, {rows, std::tuple_size_v<StoredExtent>}, "a.u.",
                 "kx_min, kx_max, ky_min, ky_max of the image, outer edges");
  writer.attach(extent.c_str(), {layout::run_path, edge.c_str()});
}

void write_representation(hdf5::SkeletonWriter& writer, const Representation& representation,
                          std::size_t rows, int level) {
  const auto& image = representation.image;
  writer.group(group_of(representation).c_str(), "images of the runs in one representation");
  AttributeWriter attributes(writer, group_of(representation));
  visit_image_settings(attributes, image);

  const auto pixels = path_of(representation, "pixels");
  const bool bytes = image.values == PixelValues::bytes;
  const auto meaning =
      fmt::format("{}, [run, kx, ky], as the attributes of the group say",
                  bytes ? "grey levels, 0 where the scaled distribution is smallest, 255 where it is largest"
                        : "the scaled distribution");
  if (bytes)
    writer.pictures_in_chunks(pixels.c_str(), shape_of(image, rows), "1", meaning.c_str(), level);
  else
    writer.rows_in_chunks(pixels.c_str(), H5T_IEEE_F32LE, shape_of(image, rows), "1", meaning.c_str(), level);
  std::vector<std::string> axes;
  for (const auto& axis : axes_of(image)) {
    axes.push_back(path_of(representation, axis.name));
    writer.dataset(axes.back().c_str(), H5T_IEEE_F64LE, {axis.values.size()}, axis.unit, axis.meaning,
                   H5T_NATIVE_DOUBLE, axis.values.data());
    writer.scale(axes.back().c_str(), axis.name);
  }
  writer.attach(pixels.c_str(), {layout::run_path, axes[0].c_str(), axes[1].c_str()});
  if (image.window == Window::crop) write_extent(writer, representation, rows);
  const auto checksums = path_of(representation, "checksum");
  writer.dataset(checksums.c_str(), H5T_STD_U64LE, {rows}, "",
                 "XXH3-64 of the run's pixels as they are in memory, little-endian");
  writer.attach(checksums.c_str(), {layout::run_path});
}

class Content2 : public Content {
 public:
  Content2(const hdf5::CheckedReader& reader, hid_t file) {
    description = {read_representations(reader, file), read_axis(reader, "kx"), read_axis(reader, "ky"),
                   layout::read_runs(reader)};
    try {
      layout::check_runs(description.source);
    } catch (const DataError& error) {
      reader.fail(fmt::format("damaged: {}", error.what()));
    }
    const hsize_t rows = description.source.runs.size();
    centres = reader.column(images_layout::centres);
    source_checksums = reader.integer_column(source_checksum);
    if (centres.size() != points_1d || source_checksums.size() != rows)
      reader.fail("damaged: the extents of its datasets do not fit each other");
    diagnostics.resize(rows);
    for (const auto& field : diagnostics_fields)
      read_diagnostics(reader, field);
    distributions_ = reader.open(images_layout::distribution_1d, H5T_IEEE_F32LE, {rows, points_1d});
    for (const auto& representation : description.representations)
      images_.push_back(open_images(reader, representation));
  }

  KeptImage image(std::size_t representation, std::size_t row) const override {
    const auto& [pixels, extents, checksums] = images_.at(representation);
    const auto& settings = description.representations[representation].image;
    const auto count = static_cast<std::size_t>(settings.width) * static_cast<std::size_t>(settings.height);
    KeptImage kept{{}, {}, extents.empty() ? window_extent(settings) : extents[row]};
    if (!hdf5::plausible_chunk(pixels.get(), row))
      throw DataError("damaged: the chunk of its image is larger than any can be");
    bool ok = false;
    if (settings.values == PixelValues::bytes) {
      kept.pixels.resize(count);
      ok = hdf5::read_rows(pixels.get(), H5T_NATIVE_UINT8, row, 1, kept.pixels.data());
    } else {
      kept.floats.resize(count);
      ok = hdf5::read_rows(pixels.get(), H5T_NATIVE_FLOAT, row, 1, kept.floats.data());
    }
    if (!ok) throw DataError(fmt::format("damaged: cannot be read: {}", hdf5::last_error()));
    if (checksum(kept) != checksums[row]) throw DataError("damaged: its image does not match its checksum");
    return kept;
  }

  std::vector<float> distribution_1d(std::size_t row) const override {
    std::vector<float> values(points_1d);
    if (!hdf5::read_rows(distributions_.get(), H5T_NATIVE_FLOAT, row, 1, values.data()))
      throw DataError(fmt::format("damaged: cannot be read: {}", hdf5::last_error()));
    return values;
  }

 private:
  struct Images {
    Handle pixels;
    std::vector<Extent> extents;  ///< of crops
    std::vector<std::uint64_t> checksums;
  };

  static std::vector<Representation> read_representations(const hdf5::CheckedReader& reader, hid_t file) {
    std::vector<Representation> found;
    for (const auto& name : names_in(reader.text("representations"))) {
      if (found.size() > most_representations) break;
      found.push_back({name, {}});
    }
    try {
      check_representations(found);  // their names, before they are looked for
      for (auto& representation : found) {
        AttributeReader attributes(reader, file, group_of(representation));
        visit_image_settings(attributes, representation.image);
      }
      check_representations(found);
    } catch (const ConfigError& error) {
      reader.fail(fmt::format("damaged: {}", error.what()));
    }
    return found;
  }

  void read_diagnostics(const hdf5::CheckedReader& reader, const DiagnosticsField& field) {
    const auto path = diagnostics_path(field);
    if (!reader.has(path.c_str())) return;  // a program that did not know it yet
    const auto values = reader.column(path.c_str());
    if (values.size() != diagnostics.size())
      reader.fail(fmt::format("damaged: the extents of {} do not fit the other datasets", path));
    for (std::size_t row = 0; row < values.size(); ++row)
      diagnostics[row].*field.member = values[row];
  }

  Images open_images(const hdf5::CheckedReader& reader, const Representation& representation) const {
    const std::size_t rows = description.source.runs.size();
    const auto& settings = representation.image;
    const bool bytes = settings.values == PixelValues::bytes;
    Images images{reader.open_rows_in_chunks(path_of(representation, "pixels").c_str(),
                                             bytes ? H5T_STD_U8LE : H5T_IEEE_F32LE, shape_of(settings, rows)),
                  {},
                  reader.integer_column(path_of(representation, "checksum").c_str())};
    if (images.checksums.size() != rows)
      reader.fail("damaged: the extents of its datasets do not fit each other");
    if (settings.window != Window::crop) return images;
    const auto path = path_of(representation, "extent");
    const Handle extents = reader.open(path.c_str(), H5T_IEEE_F64LE, {rows, std::tuple_size_v<StoredExtent>});
    std::vector<StoredExtent> stored(rows);
    if (!hdf5::read_rows(extents.get(), H5T_NATIVE_DOUBLE, 0, rows, stored.data()))
      reader.fail(fmt::format("{} cannot be read: {}", path, hdf5::last_error()));
    for (const auto& edges : stored) {
      for (const double edge : edges)
        if (!std::isfinite(edge))
          reader.fail(fmt::format("damaged: {} has values that are no numbers", path));
      images.extents.push_back({edges[0], edges[1], edges[2], edges[3]});
    }
    return images;
  }

  Handle distributions_;
  std::vector<Images> images_;
};

}  // namespace

std::string path_of(const Representation& representation, const char* what) {
  return fmt::format("{}/{}", group_of(representation), what);
}

std::string diagnostics_path(const DiagnosticsField& field) {
  return fmt::format("/diagnostics/{}", field.name);
}

void write_skeleton(hid_t file, const ImagesDescription& d, const std::filesystem::path& name, int level) {
  hdf5::SkeletonWriter writer(file, name);
  const hsize_t rows = d.source.runs.size();
  layout::write_runs(writer, d.source);

  const auto points = cell_centres(d.kx.min, d.kx.max, points_1d);
  writer.dataset(centres, H5T_IEEE_F64LE, {points.size()}, "a.u.",
                 "momentum along the polarisation: centres of the intervals of /distribution_1d",
                 H5T_NATIVE_DOUBLE, points.data());
  writer.scale(centres, "kx");
  writer.dataset(distribution_1d, H5T_IEEE_F32LE, {rows, points.size()}, "a.u.^-1",
                 "dP/dkx, integrated over ky and averaged over intervals of kx, [run, kx]");
  writer.attach(distribution_1d, {layout::run_path, centres});
  writer.group("/images", "images of the runs, a group for each representation");
  std::vector<std::string> names;
  for (const auto& representation : d.representations) {
    write_representation(writer, representation, rows, level);
    names.push_back(representation.name);
  }
  writer.group("/diagnostics", "what the runs report about themselves");
  for (const auto& field : diagnostics_fields) {
    writer.dataset(diagnostics_path(field).c_str(), H5T_IEEE_F64LE, {rows}, field.unit, field.meaning);
    writer.attach(diagnostics_path(field).c_str(), {layout::run_path});
  }
  writer.dataset(source_checksum, H5T_STD_U64LE, {rows}, "",
                 "checksum of the run in the store it comes from");
  writer.attach(source_checksum, {layout::run_path});

  writer.attribute("format", std::string(format));
  writer.attribute("format_version", format_version);
  writer.attribute("representations", fmt::format("{}", fmt::join(names, ",")));
  for (const auto& [axis, range] : {std::pair{"kx", &d.kx}, std::pair{"ky", &d.ky}}) {
    writer.attribute(fmt::format("{}_min", axis).c_str(), range->min);
    writer.attribute(fmt::format("{}_max", axis).c_str(), range->max);
    writer.attribute(fmt::format("{}_points", axis).c_str(), range->points);
  }
}

std::uint64_t checksum(const KeptImage& image) {
  return Hash().add(std::span(image.pixels)).add(std::span(image.floats)).value();
}

std::unique_ptr<Content> read(const hdf5::CheckedReader& reader, hid_t file) {
  return std::make_unique<Content2>(reader, file);
}

AxisRange read_axis(const hdf5::CheckedReader& reader, const std::string& name) {
  const AxisRange range{reader.number((name + "_min").c_str()), reader.number((name + "_max").c_str()),
                        reader.integer((name + "_points").c_str())};
  if (!std::isfinite(range.min) || !std::isfinite(range.max) || !(range.min < range.max) ||
      range.points < 2 || range.points > most_axis_points)
    reader.fail(
        fmt::format("damaged: the attributes {}_min, _max and _points are not those of an axis", name));
  return range;
}

}  // namespace bondscope::images_layout
