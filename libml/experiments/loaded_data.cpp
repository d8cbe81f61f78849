#include "libml/experiments/loaded_data.hpp"

#include <utility>

#include "libml/data/joined.hpp"
#include "libml/report/tables.hpp"

namespace bondscope::ml {
namespace {

std::string key(const std::string& store, const ImageSettings& image, const std::string& with) {
  return store + "\n" + to_string(image) + "\n" + with;
}

}  // namespace

SampleSet load_samples(const std::string& store, const ImageSettings& image, int threads,
                       const Listener& listener, const LoadMonitor& check) {
  const auto start = Clock::now();
  auto samples = load_samples(store, image, threads, [&](std::size_t made, std::size_t all) {
    if (check) check(made, all);
    listener.images(made, all);
  });
  listener.line(describe(samples, seconds_since(start)));
  return samples;
}

const SampleSet& LoadedData::listed(const std::string& store, const ImageSettings& image,
                                    const std::string& with) {
  const auto name = key(store, image, with);
  if (const auto found = loaded_.find(name); found != loaded_.end()) return found->second;
  if (const auto found = listed_.find(name); found != listed_.end()) return found->second;
  return listed_
      .emplace(name,
               with.empty() ? list_samples(store, image) : joined(listed(store, image), listed(with, image)))
      .first->second;
}

const SampleSet& LoadedData::loaded(const std::string& store, const ImageSettings& image,
                                    const std::string& with) {
  const auto name = key(store, image, with);
  if (const auto found = loaded_.find(name); found != loaded_.end()) return found->second;
  if (!with.empty())
    return loaded_.emplace(name, joined(loaded(store, image), loaded(with, image))).first->second;
  auto samples = load_samples(store, image, threads_, listener_, [&](std::size_t made, std::size_t all) {
    limits_.check_loading(made, all, something_done_);
  });
  return loaded_.emplace(name, std::move(samples)).first->second;
}

}  // namespace bondscope::ml
