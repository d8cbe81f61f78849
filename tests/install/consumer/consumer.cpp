// Somebody else's program: a little of each component that it was built with.
#include <cstdio>

#include <bondscope/libpmd/base/config/find_config.hpp>
#include <bondscope/libpmd/dataset/dataset.hpp>
#include <bondscope/libpmd/store/store.hpp>
#ifdef HAS_nets
#include <bondscope/libml/nets/network.hpp>
#endif
#ifdef HAS_solver
#include <bondscope/libtdse/solver/run.hpp>
#endif

int main(int argc, char** argv) {
  using namespace bondscope;
  const auto demo = DataSet::from_config(Config::from_file(find_config("datasets", "demo")));
  std::printf("the data set demo has %zu runs\n", demo.size());
  if (argc > 1) std::printf("%s has %zu runs\n", argv[1], Store::open(argv[1], Store::Mode::read).size());
#ifdef HAS_solver
  const auto preset = tdse::Preset::from_config(Config::from_file(find_config("presets", "quick")));
  std::printf("the first takes %zu stages\n",
              tdse::Plan(demo.draw().front(), demo.model, preset).schedule().stages.size());
#endif
#ifdef HAS_nets
  const ml::Network network({.blocks = 2}, 1, ml::Device::cpu);
  std::printf("a network of %lld numbers\n", static_cast<long long>(network.parameter_count()));
#endif
}
