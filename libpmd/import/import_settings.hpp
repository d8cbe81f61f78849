#pragma once

// What is to be known of a measurement to read it as a momentum distribution. One list of fields serves YAML,
// the options of pmd_store import and what the store says of itself.

#include <array>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/text/named.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/model/pulse_shape.hpp"

namespace bondscope {

/// What a file has.
enum class MeasuredKind {
  image,  ///< a number for each pixel
  events  ///< a row for each electron
};
/// The symmetry by which the centre of a distribution is found.
enum class CentreSymmetry {
  none,       ///< not at all: it is given
  inversion,  ///< PMD(-kx, -ky) = PMD(kx, ky), as of long pulses
  mirror      ///< PMD(kx, -ky) = PMD(kx, ky): the given centre is moved across the polarisation axis
};
/// What becomes of momenta on the store's axes that an image does not reach.
enum class Beyond {
  refuse,     ///< an error
  unmeasured  ///< they are marked as not measured
};

/// Names in YAML and files.
template <>
constexpr auto names_of<MeasuredKind>() {
  return std::array{std::pair{MeasuredKind::image, "image"}, std::pair{MeasuredKind::events, "events"}};
}
/// Names in YAML and files.
template <>
constexpr auto names_of<CentreSymmetry>() {
  return std::array{std::pair{CentreSymmetry::none, "none"},
                    std::pair{CentreSymmetry::inversion, "inversion"},
                    std::pair{CentreSymmetry::mirror, "mirror"}};
}
/// Names in YAML and files.
template <>
constexpr auto names_of<Beyond>() {
  return std::array{std::pair{Beyond::refuse, "refuse"}, std::pair{Beyond::unmeasured, "unmeasured"}};
}

/// A disc in the units of the file.
struct Disc {
  double x = 0, y = 0, radius = 0;  ///< centre and radius
};

/// Positions and lengths are in the units of the file. Of an image these are pixels: x to the right, y
/// downwards, (0, 0) in the middle of the upper left pixel. Of events, the numbers of their columns. Where a
/// text is empty, a list has no elements or a number marked so is 0, there is no such thing.
struct ImportSettings {
  MeasuredKind kind = MeasuredKind::image;  ///< what the file has
  std::string dataset{};                    ///< of HDF5
  std::vector<double> columns{1, 2};        ///< of events: those of x, y and maybe z, from 1

  std::vector<double> centre{};                    ///< of momentum 0: x, y and maybe z
  CentreSymmetry symmetry = CentreSymmetry::none;  ///< finds the centre
  double axis_deg = 0;                             ///< direction of +kx, from that of +x towards the top
  double scale_au = 0;                             ///< momentum of one unit, a.u.; 0: from the ring
  double ring_au = 0, ring_radius = 0;  ///< momentum of a ring, a.u., and its radius, units; 0: none
  double slice_au = 0;                  ///< of events: only those with |kz| up to this, a.u.; 0: all

  double per_electron = 1;       ///< of an image: what one electron adds to the sum of all pixels
  std::string background{};      ///< a file of the same form, taken without the signal
  double background_factor = 1;  ///< exposure of the measurement over that of the background
  double background_level = 0;   ///< of an image: taken off each pixel
  bool subtracted = false;       ///< whether a background was taken off before: values may be negative

  std::string mask{};          ///< an image: 0 where nothing was measured
  double ceiling = 0;          ///< of an image: pixels from this value on were not measured; 0: all were
  std::vector<double> edge{};  ///< of the detector: x, y and radius of a circle
  std::vector<Disc> dead{};    ///< where nothing was measured

  std::string preset = "production";  ///< whose momentum axes the store gets
  double kx_max = 0, kx_spacing = 0;  ///< or of one's own, a.u.; 0: the preset's
  double ky_max = 0, ky_spacing = 0;  ///< the same of ky
  Beyond beyond = Beyond::refuse;     ///< for an image that does not reach as far

  std::string name = "measured";       ///< of the store's data set
  std::string molecule = "unknown";    ///< that was measured
  std::vector<DeclaredValue> known{};  ///< parameters of the run, by name
  bool pulse_known = false;            ///< whether `pulse` says something
  PulseShape pulse{};                  ///< of the laser
};

/// How a setting is called and explained.
struct SettingText {
  const char* key;          ///< in YAML; the option's has - for _
  const char* placeholder;  ///< of its value in the help
  const char* meaning;      ///< for the help
};

/// Calls fields.field(SettingText, value, limits …) for each setting that is an option, too.
template <class Fields, class SettingsOrConst>
void visit_import_settings(Fields& fields, SettingsOrConst& s) {
  constexpr std::size_t position = 3;
  const Range any = Range::any(), length = Range::at_least(0);
  fields.field(
      SettingText{"kind", "KIND",
                  "what the file has: image, a number for each pixel, or events, a row for each electron"},
      s.kind);
  fields.field(
      SettingText{"dataset", "PATH", "of an HDF5 file: the dataset that is meant, of two dimensions"},
      s.dataset);
  fields.field(SettingText{"columns", "X,Y[,Z]", "of events: the columns with kx, ky and maybe kz, from 1"},
               s.columns, std::size_t{2}, position, Range::between(1, 1000));
  fields.field(SettingText{"centre", "X,Y[,Z]",
                           "where momentum 0 is; of an image in pixels, x to the right, y downwards, 0,0 in "
                           "the middle of the upper left one"},
               s.centre, std::size_t{2}, position, any);
  fields.field(SettingText{"symmetry", "NAME",
                           "finds the centre: inversion, for a distribution that turned by 180° is itself "
                           "(long pulses); mirror, for one that is its mirror image at the polarisation "
                           "axis, moves the given centre across that axis only"},
               s.symmetry);
  fields.field(
      SettingText{"axis_deg", "A",
                  "direction of the polarisation, +kx: degrees from the right towards the top; 90: upwards"},
      s.axis_deg, Range::between(-360, 360));
  fields.field(
      SettingText{"scale_au", "S",
                  "momentum of one pixel, or of one unit of the events, a.u.; events without it are in a.u."},
      s.scale_au, Range::between(0, 1e6));
  fields.field(
      SettingText{"ring_au", "K", "instead of the scale: momentum of a ring, a.u., near --ring-radius"},
      s.ring_au, Range::between(0, 100));
  fields.field(SettingText{"ring_radius", "R",
                           "radius of that ring to within 10 %, pixels; the brightest one there is taken"},
               s.ring_radius, length);
  fields.field(SettingText{"slice_au", "D", "of events: only those with |kz| <= D, a.u."}, s.slice_au,
               Range::between(0, 100));
  fields.field(
      SettingText{"per_electron", "G", "of an image: what one electron adds to the sum of its pixels"},
      s.per_electron, Range::positive());
  fields.field(SettingText{"background", "FILE2",
                           "what is to be subtracted: a file of the same form, taken without the signal"},
               s.background);
  fields.field(
      SettingText{"background_factor", "F", "the measurement took so many times as long as the background"},
      s.background_factor, Range::between(0, 1e9));
  fields.field(SettingText{"background_level", "B", "of an image: subtracted from each pixel"},
               s.background_level, any);
  fields.field(
      SettingText{
          "subtracted", "",
          "a background was subtracted before: values may be negative, and have no counting statistics"},
      s.subtracted);
  fields.field(SettingText{"mask", "FILE3", "image of the same size that is 0 where nothing was measured"},
               s.mask);
  fields.field(
      SettingText{"ceiling", "C",
                  "of an image: pixels from this value on (saturated, reflections) count as not measured"},
      s.ceiling, length);
  fields.field(SettingText{"edge", "X,Y,R", "the detector ends at this circle"}, s.edge, position, position,
               any);
  fields.field(
      SettingText{"preset", "NAME", "gives the store its momentum axes: that of the model to be asked"},
      s.preset);
  for (const auto& [key, meaning, range, member] :
       std::to_array<std::tuple<const char*, const char*, Range, double ImportSettings::*>>(
           {{"kx_max", "or the axes' own: largest momentum along the polarisation, a.u.",
             Range::between(0, 100), &ImportSettings::kx_max},
            {"kx_spacing", "its spacing, a.u.", Range::between(0, 1), &ImportSettings::kx_spacing},
            {"ky_max", "largest momentum across, a.u.", Range::between(0, 100), &ImportSettings::ky_max},
            {"ky_spacing", "its spacing, a.u.", Range::between(0, 1), &ImportSettings::ky_spacing}}))
    fields.field(SettingText{key, "K", meaning}, s.*member, range);
  fields.field(SettingText{"beyond", "WHAT",
                           "an image that does not reach to the ends of the axes: refuse it, or take what is "
                           "beyond as unmeasured"},
               s.beyond);
  fields.field(SettingText{"name", "NAME", "of the store's data set"}, s.name);
  fields.field(SettingText{"molecule", "NAME", "that was measured"}, s.molecule);
}

/// Reads a mapping of these, and
///   dead: [{x: 10, y: 20, radius: 5}, …]             where nothing was measured
///   known: {intensity_w_cm2: 2e14, angle_deg: 0, …}  parameters of the run, by their names in data sets
///   pulse: {wavelength_nm: 800, …}                   as in a data set
/// and refuses every other key, and what cannot be together. Throws ConfigError.
ImportSettings read_import_settings(const Config& config);

/// All that is not empty or 0, as YAML that read_import_settings() reads.
std::string to_yaml(const ImportSettings& settings);

/// The axes that a store gets. Throws ConfigError (no such preset, too many points).
MomentumAxes momentum_axes(const ImportSettings& settings);

}  // namespace bondscope
