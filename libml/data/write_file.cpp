#include "libml/data/write_file.hpp"

#include <span>

#include "libtdse/checkpoint/replacement.hpp"

namespace ml {

void write_file(const std::filesystem::path& file, const std::string& bytes) {
  tdse::Replacement replacement(file);
  replacement.append(std::as_bytes(std::span(bytes)));
  replacement.commit();
}

}  // namespace ml
