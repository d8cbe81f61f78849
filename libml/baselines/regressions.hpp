#pragma once

// The regressions that methods on features learn.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libml/baselines/regressor.hpp"

namespace bondscope::ml {

/// Questions about single features, from node 0: one after the other in arrays.
struct Tree {
  std::vector<std::int64_t> feature;       ///< asked for; -1: none, the node is a leaf
  std::vector<float> threshold;            ///< at most that: on to `below`, else to `above`
  std::vector<std::int64_t> below, above;  ///< later nodes
  std::vector<double> value;               ///< the answer of a leaf

  /// The value of the leaf that the features lead to.
  double answer(std::span<const float> features) const;
};

/// A tree of yes-or-no questions about single features that minimises the squared error, whose leaves answer
/// the mean of what fell into them (CART). How many samples a node must have to be split is chosen by
/// five-fold cross-validation of the mean absolute error.
class RegressionTree : public Regressor {
 public:
  /// `seed` decides about the folds of cross-validation.
  RegressionTree(std::uint64_t seed, int threads) : seed_(seed), threads_(threads) {}

  void learn(const Features& features, const std::vector<double>& truth, const LoadMonitor& monitor) override;
  /// The tree's answers.
  std::vector<double> predict(const Features& features) const override;
  std::string settings() const override;
  void save(Learned& into, const std::string& prefix) const override;
  void load(const Learned& from, const std::string& prefix, std::size_t columns) override;

 private:
  std::uint64_t seed_;
  int threads_;
  int fewest_ = 0;
  double mean_ = 0;
  Tree tree_;  ///< of the differences from the mean; empty if there are none
};

/// Whether features are standardised before they are learned from.
enum class Scaling { standardised, none };

/// ε-insensitive support vector regression with the kernel exp(-γ|x-y|²), of the standardised target. C, γ
/// and ε are chosen by five-fold cross-validation of the mean absolute error over a fixed grid, γ in units of
/// 1/median of the squared distances. Where features or target have no spread it answers the mean. Features
/// are standardised on request: good for gradients, bad for frequencies, the rarest of which would rule the
/// rest.
class SupportVectorRegression : public Regressor {
 public:
  /// `seed` decides about the folds of cross-validation.
  SupportVectorRegression(Scaling scaling, std::uint64_t seed, int threads)
      : scaling_(scaling), seed_(seed), threads_(threads) {}

  void learn(const Features& features, const std::vector<double>& truth, const LoadMonitor& monitor) override;
  /// The regression's answers.
  std::vector<double> predict(const Features& features) const override;
  std::string settings() const override;
  void save(Learned& into, const std::string& prefix) const override;
  void load(const Learned& from, const std::string& prefix, std::size_t columns) override;

 private:
  struct Settings {
    double c = 1, gamma = 1, epsilon = 0.1;
  };
  Features scaled(const Features& features) const;

  Scaling scaling_;
  std::uint64_t seed_;
  int threads_;
  Settings chosen_;
  Standardisation standardise_;
  Features vectors_;             ///< support vectors, scaled
  std::vector<double> weights_;  ///< of their kernels
  double offset_ = 0, mean_ = 0, scale_ = 0;
};

}  // namespace bondscope::ml
