#include "libpmd/store/sealed.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"

namespace bondscope {

bool has_compact_distributions(StoreKind kind, const StoreDescription& d) {
  using Json = nlohmann::json;
  return kind == StoreKind::compact ||
         (d.derivation && Json::parse(d.derivation->method).value("kind", Json()) == "compact");
}

std::string why_read_only(const std::filesystem::path& file, StoreKind kind, const StoreDescription& d) {
  if (has_compact_distributions(kind, d))
    return fmt::format("{}: is sealed and compact, for reading only; use the store that it was made from",
                       file.string());
  if (d.derivation)
    return fmt::format(
        "{}: is sealed, and was derived from other stores; derive a new one from those instead",
        file.string());
  return fmt::format(
      "{}: is sealed, a copy for reading only; use the store that it was made from, or make one that can be "
      "written to with 'pmd_store merge NEW.h5 {}'",
      file.string(), file.filename().string());
}

void refuse_compact(const Store& store) {
  if (has_compact_distributions(store.kind(), store.description()))
    throw DataError(
        fmt::format("{}: is compact already; copy the file as it is, or export the store that it "
                    "was made from",
                    store.path().string()));
}

}  // namespace bondscope
