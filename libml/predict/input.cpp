#include "libml/predict/input.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "libml/report/evaluation.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/inspect/selection.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::ml {
namespace {

/// The part of the momentum plane that all images of a fixed window show.
bool has_plane_window(const ImageSettings& image) {
  return image.window == Window::fixed && image.view != View::energy && image.view != View::angular;
}

struct Measured {
  double share = 1;                                       ///< of the window
  double kx_min = 0, kx_max = 0, ky_min = 0, ky_max = 0;  ///< where something was measured in it
};

Measured measured_part(std::span<const std::uint8_t> mask, const StoreDescription& d, const Extent& window) {
  Measured found{.share = 0,
                 .kx_min = window.kx_max,
                 .kx_max = window.kx_min,
                 .ky_min = window.ky_max,
                 .ky_max = window.ky_min};
  std::size_t all = 0, seen = 0;
  const double dkx = d.kx[1] - d.kx[0], dky = d.ky[1] - d.ky[0];
  for (std::size_t x = 0; x < d.kx.size(); ++x) {
    if (d.kx[x] < window.kx_min || d.kx[x] > window.kx_max) continue;
    for (std::size_t y = 0; y < d.ky.size(); ++y) {
      if (d.ky[y] < window.ky_min || d.ky[y] > window.ky_max) continue;
      ++all;
      if (mask[x * d.ky.size() + y] == 0) continue;
      ++seen;
      found.kx_min = std::min(found.kx_min, d.kx[x] - dkx / 2);
      found.kx_max = std::max(found.kx_max, d.kx[x] + dkx / 2);
      found.ky_min = std::min(found.ky_min, d.ky[y] - dky / 2);
      found.ky_max = std::max(found.ky_max, d.ky[y] + dky / 2);
    }
  }
  found.share = all > 0 ? static_cast<double>(seen) / static_cast<double>(all) : 1;
  return found;
}

/// Throws where the measurement does not reach.
void expect_covered(const Measured& part, const Extent& window, double dkx, double dky,
                    const std::string& name) {
  const auto expect = [&](const char* axis, double from, double to, double wanted_from, double wanted_to,
                          double spacing) {
    if (from <= wanted_from + 2 * spacing && to >= wanted_to - 2 * spacing) return;
    throw DataError(
        fmt::format("{}: along {} it was measured from {:.3g} to {:.3g} a.u. only, and the model's image "
                    "shows {:.3g} to {:.3g}; expected a measurement, or a model, of the same momenta",
                    name, axis, from, to, wanted_from, wanted_to));
  };
  constexpr double least = 0.5;
  if (part.share > 0) {
    expect("kx", part.kx_min, part.kx_max, window.kx_min, window.kx_max, dkx);
    expect("ky", part.ky_min, part.ky_max, window.ky_min, window.ky_max, dky);
  }
  if (part.share < least)
    throw DataError(fmt::format(
        "{}: {:.0f} % of the momenta that the model's image shows (kx {:.3g} to {:.3g}, ky "
        "{:.3g} to {:.3g} a.u.) were not measured",
        name, 100 * (1 - part.share), window.kx_min, window.kx_max, window.ky_min, window.ky_max));
}

std::string note_of_mask(const Store& store, std::size_t row, const ImageSettings& image) {
  const auto& d = store.description();
  const auto mask = store.load(row).arrays.mask;
  if (mask.empty()) return {};
  const auto window = has_plane_window(image) ? window_extent(image)
                                              : Extent{d.kx.front(), d.kx.back(), d.ky.front(), d.ky.back()};
  const auto part = measured_part(mask, d, window);
  if (has_plane_window(image))
    expect_covered(part, window, d.kx[1] - d.kx[0], d.ky[1] - d.ky[0], store.name_of(row));
  if (part.share > 0.9995) return {};
  return fmt::format(
      "{:.1f} % of the momenta that the model's image shows were not measured and count as empty",
      100 * (1 - part.share));
}

/// Rows of a list, increasing; none: all.
std::vector<std::size_t> chosen_rows(const std::filesystem::path& file, const std::string& list) {
  if (list.empty()) return {};
  const auto size =
      is_images_file(file) ? ImagesFile::open(file).size() : Store::open(file, Store::Mode::read).size();
  auto rows = parse_run_list(list, size);
  std::ranges::sort(rows);
  return rows;
}

/// What is not known of a measurement cannot differ. What does, and is forced, is returned in words.
std::vector<std::string> expect_setting(const ModelDescription& model, SampleSet samples, bool force) {
  if (std::ranges::any_of(samples.samples, &Sample::measured))
    for (std::size_t i = 0; i < samples.source.setting.size() && i < model.data.setting.size(); ++i)
      if (!samples.source.setting[i].value || !is_of_pulse(samples.source.setting[i].key))
        samples.source.setting[i].value = model.data.setting[i].value;
  expect_same_setting(model, samples, force);
  std::vector<std::string> all;
  for (const auto& [key, of_model, of_store] : setting_differences(model, samples))
    all.push_back(fmt::format("{} is {}, and the model learned from {}", key,
                              of_store.empty() ? "not known" : of_store,
                              of_model.empty() ? "none" : of_model));
  return all;
}

}  // namespace

Input load_input(const std::filesystem::path& file, const ModelDescription& model, const std::string& rows,
                 bool force, int threads, const LoadMonitor& monitor) {
  const SampleChoice choice{chosen_rows(file, rows), true};
  const auto& image = model.recipe.image;
  Input input;
  input.differences = expect_setting(model, list_samples(file, image, choice), force);
  // Before the images: a window beyond what was measured is told by its extent.
  const bool images_file = is_images_file(file);
  if (!images_file) {
    const auto store = Store::open(file, Store::Mode::read);
    const auto& d = store.description();
    const bool masked = std::ranges::find(d.arrays, "mask") != d.arrays.end();
    const auto listed = list_samples(file, image, choice);
    for (const auto& sample : listed.samples) {
      auto& notes = input.notes.emplace_back();
      input.incomplete.push_back(false);
      if (!masked) continue;
      auto note = note_of_mask(store, sample.run, image);
      if (note.empty()) continue;
      input.incomplete.back() = true;
      notes.push_back(std::move(note));
    }
  }
  input.samples = load_samples(file, image, threads, monitor, choice);
  input.notes.resize(input.samples.size());
  input.incomplete.resize(input.samples.size());
  return input;
}

std::vector<Answer> answers(const Answerer& answerer, const Input& input) {
  std::vector<std::size_t> all(input.samples.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  auto found = answerer(input.samples, all, input.incomplete);
  for (std::size_t i = 0; i < found.size(); ++i) {
    found[i].notes.insert(found[i].notes.begin(), input.notes[i].begin(), input.notes[i].end());
    found[i].distrust.insert(found[i].distrust.end(), input.differences.begin(), input.differences.end());
  }
  return found;
}

}  // namespace bondscope::ml
