// Small runs on all ranks of a job, or on groups of them:
//
//   run_on_ranks CASE[,CASE…] [threads=1] [groups=N+N…] [stop=RANK] [throw=RANK] [save=FILE] [lost=RANK]
//   [alone]
//
// Group g of the ranks computes case g. The monitor of world rank `stop` asks to stop in the middle, that of
// `throw` throws. `save`: where a stopped run is saved and continued from; `lost`: the world rank that does
// not find it there. `alone`: without MPI among the ranks, each for itself. Rank 0 prints a line for every
// rank with a digest of all that its run returned but the time it took.

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <sstream>

#include <mpi.h>

#include "libpmd/base/error.hpp"
#include "libtdse/parallel/mpi_ranks.hpp"
#include "libtdse/solver/run.hpp"

namespace {

using namespace bondscope;
using namespace bondscope::tdse;

struct Case {
  RunParameters parameters;
  Preset preset;
};

Case case_of(const std::string& name) {
  Case wanted;
  wanted.parameters.intensity_w_cm2 = 3.9e14;
  Preset& preset = wanted.preset;
  preset.discretisation = {.spacing = 0.5, .roll_off = 0.5, .time_step = 0.2};
  preset.half_width_x = 48;
  preset.half_width_y = 48;
  preset.duration = 1.2;
  preset.absorber_radius = 32;
  preset.momentum = {.kx_max = 3, .kx_spacing = 0.1, .ky_max = 2.5, .ky_spacing = 0.1};
  preset.mechanisms = {.even_symmetry = true, .sparse_sampling = true};
  if (name == "tilted") {
    wanted.parameters.angle = 0.5;
  } else if (name == "plain") {
    wanted.parameters.angle = 2;
    preset.half_width_x = 64;
    preset.mechanisms.sparse_sampling = false;
  } else if (name == "late") {
    preset.late_stages = {{.delay = 16, .discretisation = {0.65, 0.55, 0.4}, .absorber_interval = 2},
                          {.delay = 30, .discretisation = {0.8, 0.55, 0.6}, .absorber_interval = 3}};
  } else if (name == "outer") {
    // Weak, so that an inner box fits.
    wanted.parameters.intensity_w_cm2 = 1e14;
    preset.half_width_x = preset.half_width_y = 100;
    preset.absorber_radius = 70;
    preset.outer = {.discretisation = {1, 0.8, 0.4}, .least_radius = 30, .mask_width = 20};
    preset.late_stages = {{.delay = 16, .discretisation = {0.65, 0.55, 0.4}, .absorber_interval = 2}};
  } else if (name != "aligned") {
    throw ConfigError("unknown case " + name);
  }
  return wanted;
}

struct Options {
  std::vector<std::string> names;
  std::vector<int> groups;
  int threads = 1, stop = -1, throwing = -1, lost = -1;
  bool alone = false;
  std::string save;  ///< where the state goes

  Options(int argc, char** argv) {
    names = split(argc > 1 ? argv[1] : "", ',');
    for (int i = 2; i < argc; ++i) {
      const std::string argument = argv[i], key = argument.substr(0, argument.find('='));
      const std::string value = key == argument ? "" : argument.substr(key.size() + 1);
      if (key == "threads")
        threads = std::stoi(value);
      else if (key == "groups")
        for (const auto& size : split(value, '+'))
          groups.push_back(std::stoi(size));
      else if (key == "stop")
        stop = std::stoi(value);
      else if (key == "throw")
        throwing = std::stoi(value);
      else if (key == "save")
        save = value;
      else if (key == "lost")
        lost = std::stoi(value);
      else if (key == "alone")
        alone = true;
      else
        throw ConfigError("unknown argument " + argument);
    }
  }

  static std::vector<std::string> split(const std::string& text, char separator) {
    std::istringstream list(text);
    std::vector<std::string> parts;
    for (std::string part; std::getline(list, part, separator);)
      parts.push_back(part);
    return parts;
  }

  int group_of(int rank) const {
    int group = 0;
    for (int last = 0; static_cast<std::size_t>(group) + 1 < std::max<std::size_t>(groups.size(), 1);
         ++group) {
      last += groups[static_cast<std::size_t>(group)];
      if (rank < last) break;
    }
    return group;
  }
};

class Digest {
 public:
  void add(const void* data, std::size_t bytes) {  // FNV-1a
    for (std::size_t i = 0; i < bytes; ++i)
      value_ = (value_ ^ static_cast<const unsigned char*>(data)[i]) * 0x100000001b3u;
  }
  unsigned long long value() const { return value_; }

 private:
  unsigned long long value_ = 0xcbf29ce484222325u;
};

std::string outcome(const Options& options, int world_rank, const Team& team) {
  const auto& name = options.names.at(static_cast<std::size_t>(options.group_of(world_rank)));
  const auto monitor = [&](double fraction) {
    const bool middle = fraction > 0.3;
    if (middle && options.throwing == world_rank) throw DataError("thrown by a monitor");
    return !(middle && options.stop == world_rank);
  };
  try {
    const Case wanted = case_of(name);
    const std::string save = options.lost == world_rank ? options.save + ".lost" : options.save;
    RunResult result = run({wanted.parameters, {}, wanted.preset}, monitor, team, {save, 1e-9});
    result.diagnostics.wall_seconds = 0;
    Digest digest;
    digest.add(result.pmd.data(), result.pmd.size() * sizeof(float));
    for (const auto& field : diagnostics_fields)
      digest.add(&(result.diagnostics.*field.member), sizeof(double));
    std::array<char, 200> line{};
    std::snprintf(line.data(), line.size(), "%s %016llx yield %.6e steps %.0f", name.c_str(), digest.value(),
                  result.diagnostics.yield, result.diagnostics.steps);
    return line.data();
  } catch (const Interrupted&) {
    return name + " interrupted";
  } catch (const std::exception& e) {
    return name + " error: " + e.what();
  }
}

void say(const std::string& text, int rank, int size) {
  std::array<char, 200> line{};
  text.copy(line.data(), line.size() - 1);
  std::vector<char> all(line.size() * static_cast<std::size_t>(size));
  MPI_Gather(line.data(), static_cast<int>(line.size()), MPI_CHAR, all.data(), static_cast<int>(line.size()),
             MPI_CHAR, 0, MPI_COMM_WORLD);
  for (int r = 0; rank == 0 && r < size; ++r)
    std::cout << all.data() + line.size() * static_cast<std::size_t>(r) << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  int provided = 0, rank = 0, size = 1;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const Options options(argc, argv);
  Team team;
  if (options.threads > 1) team.threads = std::make_shared<Threads>(options.threads);
  if (!options.alone) {
    MPI_Comm group = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, options.group_of(rank), rank, &group);
    team.ranks = std::make_shared<MpiRanks>(group);
    MPI_Comm_free(&group);
  }
  say(outcome(options, rank, team), rank, size);
  team = {};
  MPI_Finalize();
  return 0;
}
