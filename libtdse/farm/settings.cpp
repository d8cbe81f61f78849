#include "libtdse/farm/settings.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"

namespace bondscope {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StoreShape, description_checksum, runs, kx, ky, arrays)

}  // namespace bondscope

namespace bondscope::tdse {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkOrder, store, configuration, shape, checkpoint_interval,
                                   checkpoint_folder, run_time_limit, ranks_per_run, threads, node_writers)

std::string WorkOrder::to_text() const {
  return nlohmann::json(*this).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

WorkOrder WorkOrder::from_text(const std::string& text) {
  try {
    const auto order = nlohmann::json::parse(text).get<WorkOrder>();
    if (order.ranks_per_run < 1 || order.threads < 1)
      throw DataError("a farm's order to its workers asks for no ranks or no threads");
    return order;
  } catch (const nlohmann::json::exception& e) {
    throw DataError(fmt::format("a farm's order to its workers cannot be read: {}", e.what()));
  }
}

double saving_seconds(std::uint64_t bytes) {
  constexpr double slow = 1e8;  // bytes per second, as one server of a plain network gives them
  return static_cast<double>(bytes) / slow;
}

bool too_many_failures(const FarmSettings& settings, std::size_t failed, std::size_t ended) {
  if (settings.max_failures) return failed > *settings.max_failures;
  constexpr std::size_t enough_to_judge = 10, every = 5;
  return failed >= enough_to_judge && failed * every >= ended;
}

}  // namespace bondscope::tdse
