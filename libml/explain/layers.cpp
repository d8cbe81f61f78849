#include "libml/explain/layers.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>
#include <fmt/format.h>

#include "libml/explain/faithfulness.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

using Matrix = Eigen::Map<const Eigen::MatrixXd>;

Matrix matrix_of(const InnerProducts& products) {
  const auto n = static_cast<Eigen::Index>(products.images);
  return {products.values.data(), n, n};
}

/// The unbiased estimate, of inner products without those of an image with itself.
double hsic(const Eigen::MatrixXd& k, const Eigen::MatrixXd& l) {
  const auto n = static_cast<double>(k.rows());
  const double both = k.cwiseProduct(l).sum();
  const double apart = k.sum() * l.sum() / ((n - 1) * (n - 2));
  const double mixed = 2 / (n - 2) * k.rowwise().sum().dot(l.rowwise().sum());
  return (both + apart - mixed) / (n * (n - 3));
}

Eigen::MatrixXd without_diagonal(const InnerProducts& products) {
  Eigen::MatrixXd k = matrix_of(products);
  k.diagonal().setZero();
  return k;
}

LayerOutputs outputs_of_all(const Model& model, std::span<const ImageGroup> groups, std::size_t layer) {
  auto all = layer_outputs(model, groups.front().samples, groups.front().chosen, layer);
  for (const auto& group : groups.subspan(1)) {
    const auto more = layer_outputs(model, group.samples, group.chosen, layer);
    all.values.insert(all.values.end(), more.values.begin(), more.values.end());
    all.images += more.images;
  }
  return all;
}

InnerProducts first_of(const InnerProducts& products, std::size_t images) {
  const auto n = static_cast<Eigen::Index>(images);
  InnerProducts some{.images = images, .values = std::vector<double>(images * images)};
  Eigen::Map<Eigen::MatrixXd>(some.values.data(), n, n) = matrix_of(products).topLeftCorner(n, n);
  return some;
}

/// Values of what the images may be ordered by, [quantity][image], with their names.
struct Quantities {
  std::vector<std::string> names;
  std::vector<std::vector<double>> values;
};

Quantities quantities_of(std::span<const ImageGroup> groups) {
  Quantities all;
  const auto add = [&](const std::string& name, const auto& value_in) {
    std::vector<double> values;
    for (std::size_t group = 0; group < groups.size(); ++group)
      for (const auto sample : groups[group].chosen)
        values.push_back(value_in(group, groups[group].samples.samples[sample].parameters));
    const auto [least, most] = std::ranges::minmax_element(values);
    if (*least == *most) return;
    all.names.push_back(name);
    all.values.push_back(std::move(values));
  };
  for (const auto& parameter : common_parameters())
    add(parameter.title, [&](std::size_t, const RunParameters& run) { return parameter.of(run); });
  add("data set", [](std::size_t group, const RunParameters&) { return static_cast<double>(group); });
  return all;
}

void expect_same_layers(const Model& model, const Model& other) {
  const auto own = layers_from_below(model.network().spec()), its = layers_from_below(other.network().spec());
  if (own != its)
    throw ConfigError(fmt::format("{}: has {} layers to compare, {} has {}; expected networks of one recipe",
                                  other.folder.string(), its.size(), model.folder.string(), own.size()));
}

}  // namespace

InnerProducts inner_products(const LayerOutputs& outputs) {
  if (!std::ranges::all_of(outputs.values, [](float value) { return std::isfinite(value); }))
    throw DataError("a layer's outputs are not finite");
  const auto n = static_cast<Eigen::Index>(outputs.images);
  const auto features = n == 0 ? 0 : static_cast<Eigen::Index>(outputs.values.size()) / n;
  Eigen::Map<const Eigen::MatrixXf> columns(outputs.values.data(), features, n);  // an image each
  // The mean first: single precision is not enough for the differences of large products.
  const Eigen::VectorXf mean = columns.rowwise().mean();
  const Eigen::MatrixXf centred = columns.colwise() - mean;
  InnerProducts products{.images = outputs.images,
                         .values = std::vector<double>(outputs.images * outputs.images)};
  Eigen::Map<Eigen::MatrixXd>(products.values.data(), n, n) = (centred.transpose() * centred).cast<double>();
  return products;
}

double alignment(const InnerProducts& a, const InnerProducts& b) {
  if (a.images != b.images || a.images < 4)
    throw DataError(fmt::format("likeness of layers: {} and {} images, expected the same, at least 4",
                                a.images, b.images));
  const auto k = without_diagonal(a), l = without_diagonal(b);
  const double norm = hsic(k, k) * hsic(l, l);
  return norm > 0 ? hsic(k, l) / std::sqrt(norm) : 0;
}

std::vector<LayerComponent> components_of(const InnerProducts& products, std::size_t most) {
  const auto n = static_cast<Eigen::Index>(products.images);
  const Eigen::MatrixXd k = matrix_of(products);
  // Centred anew, since these may be some of more images.
  const Eigen::MatrixXd centring =
      Eigen::MatrixXd::Identity(n, n) - Eigen::MatrixXd::Constant(n, n, 1.0 / static_cast<double>(n));
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(centring * k * centring);
  const double all = solver.eigenvalues().cwiseMax(0).sum();
  std::vector<LayerComponent> components;
  for (Eigen::Index i = n - 1; i >= 0 && components.size() < most; --i) {
    const double variance = solver.eigenvalues()[i];
    if (!(variance > 1e-6 * all)) break;
    const Eigen::VectorXd scores = solver.eigenvectors().col(i) * std::sqrt(variance);
    components.push_back({.share = variance / all, .scores = {scores.begin(), scores.end()}});
  }
  return components;
}

LayersFound compare_layers(const Model& model, std::span<const Model> others,
                           std::span<const ImageGroup> groups, const LoadMonitor& monitor,
                           std::size_t components) {
  for (const auto& other : others)
    expect_same_layers(model, other);
  const auto untrained = with_random_layers(model, layers_from_above(model.network().spec()).size());
  const auto names = layers_from_below(model.network().spec());
  const auto first = groups.first(1);
  const auto quantities = quantities_of(groups);
  LayersFound found{.images = groups.front().chosen.size(), .quantities = quantities.names, .layers = {}};
  for (std::size_t layer = 0; layer < names.size(); ++layer) {
    const auto products = inner_products(outputs_of_all(model, groups, layer));
    const auto own = first_of(products, found.images);
    LayerFound one{.layer = names[layer], .likeness = {}, .shares = {}, .correlations = {}};
    const auto compare = [&](const Model& other) {
      one.likeness.push_back(alignment(own, inner_products(outputs_of_all(other, first, layer))));
    };
    std::ranges::for_each(others, compare);
    compare(untrained);
    for (const auto& component : components_of(products, components)) {
      one.shares.push_back(component.share);
      one.correlations.emplace_back();
      for (const auto& values : quantities.values)
        one.correlations.back().push_back(rank_correlation(component.scores, values));
    }
    found.layers.push_back(std::move(one));
    if (monitor) monitor(layer + 1, names.size());
  }
  return found;
}

Filters filters_of(const Model& model, int block) {
  const auto& spec = model.network().spec();
  const auto wanted = fmt::format("block{}.convolution.weight", block);
  for (const auto& array : model.network().arrays())
    if (array.name.ends_with(wanted) && array.shape.size() == 4 && array.shape[2] == array.shape[3]) {
      const auto weights = array.floats();
      return {.filters = static_cast<std::size_t>(array.shape[0]),
              .channels = static_cast<std::size_t>(array.shape[1]),
              .side = static_cast<std::size_t>(array.shape[2]),
              .weights = {weights.begin(), weights.end()}};
    }
  throw ConfigError(
      fmt::format("{}: has no filters in block {}; it is a network of the kind {} with {} blocks",
                  model.folder.string(), block, spec.kind, spec.blocks));
}

FilterPower filter_power(const Model& model, int block) {
  const auto filters = filters_of(model, block);
  const std::size_t size = filters.side * filters.side;
  FilterPower power;
  for (std::size_t first = 0; first < filters.weights.size(); first += size) {
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i)
      sum += static_cast<double>(filters.weights[first + i]);
    const double mean = sum / static_cast<double>(size);
    power.brightness += mean * sum;
    for (std::size_t i = 0; i < size; ++i) {
      const auto here = static_cast<double>(filters.weights[first + i]);
      const auto there = static_cast<double>(filters.weights[first + size - 1 - i]);
      power.edges += std::pow((here - there) / 2, 2);
      power.spots += std::pow((here + there) / 2 - mean, 2);
    }
  }
  const double all = power.brightness + power.edges + power.spots;
  if (all > 0)
    for (auto* part : {&power.brightness, &power.edges, &power.spots})
      *part /= all;
  return power;
}

}  // namespace bondscope::ml
