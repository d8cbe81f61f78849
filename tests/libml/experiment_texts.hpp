#pragma once

// An experiment of each kind as a file would say it, for tests of how experiments are read and measured.

#include <string>

#include "libml/experiments/experiment.hpp"
#include "libpmd/base/config/config.hpp"

namespace bondscope::ml::texts {

inline const std::string train =
    "name: net\n"
    "title: a network\n"
    "section: II\n"
    "kind: train\n"
    "data: base\n"
    "recipe: quick\n"
    "tests: [cep, heh]\n"
    "paper: {R: 0.07, R@cep: 0.89}\n";
inline const std::string transfer =
    "name: moved\n"
    "title: a transfer\n"
    "section: IV\n"
    "kind: transfer\n"
    "data: cep\n"
    "recipe: quick\n"
    "model: net\n"
    "freeze: 3\n"
    "paper: {R: 0.2, R untransferred: 0.9}\n";
inline const std::string curve =
    "name: curve\n"
    "title: a curve\n"
    "section: III\n"
    "kind: learning_curve\n"
    "data: cep\n"
    "recipe: quick\n"
    "samples: [100, 200, 300]\n"
    "target_mae: 0.1\n"
    "paper: {a: 7, runs for target: 50000}\n";
inline const std::string baseline =
    "name: compare\n"
    "title: a comparison\n"
    "section: V\n"
    "kind: baseline\n"
    "data: base\n"
    "method: mse\n"
    "tests: [heh]\n"
    "table_row: Comparison\n"
    "paper: {R: 0.06, R@heh: 1.57}\n";
inline const std::string dictionary =
    "name: hidden\n"
    "title: a dictionary\n"
    "section: VI\n"
    "kind: dictionary\n"
    "data: base\n"
    "model: net\n"
    "paper: {accuracy: 0.7}\n";

/// With one value set, or as it is.
inline Experiment read(const std::string& text, const std::string& assignment = "") {
  auto config = Config::from_text(text, "test.yaml");
  if (!assignment.empty()) config.set(assignment);
  return Experiment::from_config(config);
}

}  // namespace bondscope::ml::texts
