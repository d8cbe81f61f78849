#include "libml/baselines/kernel_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "libpmd/base/error.hpp"
#include "libpmd/base/groups.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

constexpr std::array<double, 9> blurs{0, 0.5, 1, 2, 3, 4, 6, 8, 12};
constexpr int most_components = component_numbers.size() - 1, widest_blur = blurs.size() - 1;
constexpr int narrowest = -12, widest = 4;  ///< of Place::width
constexpr int least = -14, most = 0;        ///< of Place::penalty

/// With so many samples the best settings are near those with all.
constexpr std::size_t enough_to_look_at = 800;

}  // namespace

MatrixXd metric_of(const PrincipalComponents& components, std::size_t count, Blur blur,
                   const ImageSettings& image) {
  if (blur == components.blur()) return {};
  const auto metric = components.blurred_metric(count, blur, image);
  const auto size = static_cast<Index>(count);
  return Eigen::Map<const MatrixXd>(metric.data(), size, size);  // symmetric: the order does not matter
}

KernelSearch::KernelSearch(const KernelSamples& samples, std::vector<double> signs, const MatrixXd& truth,
                           int threads, const LoadMonitor& monitor)
    : samples_(samples), signs_(std::move(signs)), threads_(threads), monitor_(monitor) {
  std::vector<std::size_t> rows(samples_.features.rows);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  all_ = part_of(std::move(rows), truth);
  if (auto some = some_rows(); some.size() < all_.rows.size()) some_ = part_of(std::move(some), truth);
}

KernelSearch::Part KernelSearch::part_of(std::vector<std::size_t> rows, const MatrixXd& truth) const {
  Part part{std::move(rows), {}, {}, {}};
  for (std::size_t i = 0; i < part.rows.size(); ++i)
    if (samples_.judged[part.rows[i]]) part.judged.push_back(static_cast<Index>(i));
  part.left_out = of_rows(samples_.left_out, part.rows);
  part.truth = truth(part.rows, Eigen::all);
  return part;
}

/// What is left out together stays together.
std::vector<std::size_t> KernelSearch::some_rows() const {
  const auto count = samples_.features.rows;
  Groups groups(count);
  for (std::size_t i = 0; i < samples_.left_out.size(); ++i)
    for (const auto other : samples_.left_out[i])
      groups.join(i, static_cast<std::size_t>(other));
  std::map<std::size_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < count; ++i)
    members[groups.of(i)].push_back(i);
  std::vector<std::vector<std::size_t>> all;
  for (auto& [first, rows] : members)
    all.push_back(std::move(rows));
  const auto wanted =
      std::max<std::size_t>(1, all.size() * enough_to_look_at / std::max(count, enough_to_look_at));
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto& group = all[i * all.size() / wanted];  // evenly over all
    some.insert(some.end(), group.begin(), group.end());
  }
  std::ranges::sort(some);
  return some;
}

std::vector<KernelSearch::Place> KernelSearch::coarse_grid() const {
  std::vector<Place> all;
  for (const auto& [blur_kx, blur_ky] : {std::pair{0, 0}, {3, 0}, {5, 2}})
    for (const int width : {-9, -6, -3, 0})
      for (const int penalty : {-13, -10, -7, -4, -1})
        all.push_back({most_components, blur_kx, blur_ky, width, penalty});
  std::erase_if(all, [&](const Place& place) { return !inside(place); });
  return all;
}

bool KernelSearch::inside(const Place& p) const {
  const auto between = [](int low, int value, int high) { return low <= value && value <= high; };
  // There is nothing to blur along an axis of one pixel.
  return between(0, p.components, most_components) &&
         between(0, p.blur_kx, samples_.image.width > 1 ? widest_blur : 0) &&
         between(0, p.blur_ky, samples_.image.height > 1 ? widest_blur : 0) &&
         between(narrowest, p.width, widest) && between(least, p.penalty, most);
}

/// `of_seen`: those at other distances, which have to be made first; else the others.
std::vector<KernelSearch::Place> KernelSearch::neighbours(const Place& place, int step, bool of_seen) const {
  std::vector<Place> all;
  const auto add = [&](int Place::*what, int change) {
    auto other = place;
    other.*what += change;
    if (inside(other)) all.push_back(other);
  };
  for (const int sign : {1, -1}) {
    if (of_seen) {
      add(&Place::blur_kx, sign * step);
      add(&Place::blur_ky, sign * step);
      add(&Place::components, sign);
    } else {
      add(&Place::width, sign * step);
      add(&Place::penalty, sign * step);
    }
  }
  return all;
}

std::size_t KernelSearch::number(int components) const {
  return std::min(component_numbers[static_cast<std::size_t>(components)], samples_.components.size());
}

/// Places that mean the same because there are no more components.
KernelSearch::Place KernelSearch::key(Place place) const {
  while (place.components > 0 && number(place.components - 1) == number(place.components))
    --place.components;
  return place;
}

Blur KernelSearch::blur_of(const Place& place) {
  return {blurs[static_cast<std::size_t>(place.blur_kx)], blurs[static_cast<std::size_t>(place.blur_ky)]};
}

double KernelSearch::gamma(const Place& place) const {
  return std::exp2(place.width) / typical_;
}

/// By target.
Eigen::VectorXd KernelSearch::mean_error(const Part& part, const RidgeSolution& solution) const {
  return solution.errors(part.judged, Eigen::all).cwiseAbs().colwise().mean().transpose();
}

std::optional<RidgeSolution> KernelSearch::attempt(const Part& part, const Place& place) const {
  auto matrix = symmetric_kernel(distances_, signs_, gamma(place));
  matrix.diagonal().array() += std::pow(10, place.penalty);
  return solve_ridge(std::move(matrix), part.truth, part.left_out);
}

void KernelSearch::prepare(const Part& part, const Place& place) {
  if (&part == prepared_part_ && place.seen() == prepared_) return;
  prepared_part_ = &part;
  prepared_ = place.seen();
  distances_.clear();
  const auto found = metrics_.try_emplace({place.blur_kx, place.blur_ky});
  auto& metric = found.first->second;
  if (found.second)
    metric = metric_of(samples_.components, number(most_components), blur_of(place), samples_.image);
  const auto count = static_cast<Index>(number(place.components));
  const MatrixXd of_these = metric.size() == 0 ? metric : MatrixXd(metric.topLeftCorner(count, count));
  const auto z = leading(samples_.features, part.rows, number(place.components));
  distances_ = distances_to_copies(z, z, of_these, samples_.components, samples_.copies);
  for (auto& one : distances_)
    one = (0.5 * (one + one.transpose())).eval();
  // Without mirrors the mean over all pairs.
  const MatrixXd centred = z.rowwise() - z.colwise().mean();
  const double typical = 2 * (of_these.size() == 0 ? centred : MatrixXd(centred * of_these))
                                 .cwiseProduct(centred)
                                 .rowwise()
                                 .sum()
                                 .mean();
  typical_ = typical > 0 ? typical : 1;
}

void KernelSearch::try_all(Part& part, const std::vector<Place>& places) {
  std::map<std::array<int, 3>, std::set<Place>> unknown;
  for (const auto& place : places)
    if (const auto known = key(place); !part.errors.contains(known)) unknown[known.seen()].insert(known);
  for (const auto& [seen, of_them] : unknown) {
    const std::vector<Place> asked(of_them.begin(), of_them.end());
    prepare(part, asked.front());
    std::vector<std::optional<Eigen::VectorXd>> found(asked.size());
    for_each_index(
        asked.size(), threads_,
        [&](std::size_t i) {
          if (const auto solution = attempt(part, asked[i])) found[i] = mean_error(part, *solution);
        },
        monitor_);
    for (std::size_t i = 0; i < asked.size(); ++i)
      part.errors[asked[i]] = found[i];
  }
}

/// Of equals the first.
KernelSearch::Place KernelSearch::smallest(Part& part, const std::vector<Place>& places, Index target) {
  try_all(part, places);
  return *std::ranges::min_element(places, {}, [&](const Place& place) {
    const auto& errors = part.errors.at(key(place));
    return errors ? (*errors)(target) : std::numeric_limits<double>::infinity();
  });
}

KernelSearch::Place KernelSearch::improve(Part& part, Place at, int step, Index target) {
  const auto better = [&](bool of_seen) {
    auto places = neighbours(at, step, of_seen);
    places.insert(places.begin(), at);
    const auto found = smallest(part, places, target);
    return std::exchange(at, found) != found;
  };
  while (better(false) || better(true)) {
  }
  return at;
}

TargetKernel KernelSearch::best(Index target) {
  auto& first = some_ ? *some_ : all_;
  auto at = smallest(first, coarse_grid(), target);
  for (const int step : {2, 1})
    at = improve(first, at, step, target);
  if (some_) at = improve(all_, at, 1, target);
  at = key(at);
  prepare(all_, at);
  const auto solution = attempt(all_, at);
  if (!solution) throw NumericsError("kernel ridge regression: no setting gives weights that are numbers");
  const auto weights = solution->weights.col(target);
  return {.components = number(at.components),
          .blur = blur_of(at),
          .gamma = gamma(at),
          .lambda = std::pow(10, at.penalty),
          .leave_one_out = mean_error(all_, *solution)(target),
          .weights = {weights.begin(), weights.end()}};
}

}  // namespace bondscope::ml
