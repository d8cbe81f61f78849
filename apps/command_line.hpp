#pragma once

// What the programs with long options only have in common: reading the command line.

#include <string>
#include <vector>

#include <boost/program_options.hpp>

/// Thrown for a command line that cannot be understood.
struct Usage {
  std::string message;
};

/// The options given; only "help" counts if it is among them. Throws Usage for whatever `known` does not
/// admit.
inline boost::program_options::variables_map read_command_line(
    int argc, char** argv, const boost::program_options::options_description& known) {
  namespace po = boost::program_options;
  using namespace po::command_line_style;
  po::variables_map given;
  try {
    po::options_description all;
    all.add(known).add_options()("surplus", po::value<std::vector<std::string>>());
    po::store(po::command_line_parser(argc, argv)
                  .options(all)
                  .positional(po::positional_options_description().add("surplus", -1))
                  .style(unix_style & ~allow_guessing)
                  .run(),
              given);
    if (given.count("help")) return given;
    if (given.count("surplus"))
      throw Usage{"'" + given["surplus"].as<std::vector<std::string>>().front() + "' belongs to no option"};
    po::notify(given);
  } catch (const po::error& e) {
    throw Usage{e.what()};
  }
  return given;
}
