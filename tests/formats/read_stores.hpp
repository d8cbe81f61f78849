#pragma once

// All that a reader gets from a store or an images file.

#include <cstdint>
#include <string>

#include "libpmd/base/files/hash.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/model/parameter.hpp"
#include "libpmd/store/derived_store.hpp"
#include "libpmd/store/store.hpp"
#include "tests/formats/faults.hpp"

namespace bondscope::faults {

inline std::uint64_t checksum_of(const StoreDescription& d) {
  Hash hash;
  for (const auto* text : {&d.dataset, &d.preset, &d.configuration, &d.configuration_given, &d.code_version,
                           &d.libraries, &d.machine, &d.created, &d.part, &d.history})
    hash.add(*text);
  hash.add(d.seed).add(d.kx).add(d.ky).add(declarations_text(d.declared));
  for (const auto number : numbers_of(d))
    hash.add(number);
  for (const auto& run : d.runs) {
    hash.add(run.molecule);
    for (const auto& parameter : all_parameters(d.declared))
      hash.add(parameter.of(run));
  }
  for (const auto& array : d.arrays)
    hash.add(array);
  for (std::size_t row = 0; row < d.runs.size(); ++row) {
    hash.add(static_cast<int>(d.is_measured(row)));
    for (const auto& parameter : all_parameters(d.declared))
      hash.add(static_cast<int>(d.knows(row, parameter.name)));
  }
  if (d.derivation) {
    hash.add(d.derivation->method);
    for (std::size_t row = 0; row < d.runs.size(); ++row) {
      hash.add(static_cast<std::uint8_t>(d.derivation->use[row]));
      for (const auto& link : d.derivation->links[row])
        hash.add(link.source).add(link.run).add(link.payload_checksum).add(link.weight);
      for (const auto root : d.derivation->roots[row])
        hash.add(root);
    }
  }
  return hash.value();
}

inline std::uint64_t checksum_of(const Diagnostics& diagnostics) {
  Hash hash;
  for (const auto& field : diagnostics_fields)
    hash.add(diagnostics.*field.member);
  return hash.value();
}

inline void read_store(const Store& store, Content& content) {
  content.read("description", [&] { return checksum_of(store.description()); });
  content.read("sealed", [&] { return std::uint64_t{store.sealed()}; });
  const auto records = store.commits();
  const auto begun = store.begun();
  for (std::size_t row = 0; row < store.size(); ++row) {
    const auto& record = records[row];
    const auto name = store.name_of(row);
    if (!record.intact) {
      content.refuse(name + ": its record is damaged");
      continue;
    }
    content.read(name + ": record", [&] {
      return Hash()
          .add(static_cast<std::uint32_t>(record.state))
          .add(record.attempt)
          .add(record.payload_checksum)
          .add(static_cast<std::uint32_t>(record.failure))
          .add(begun[row])
          .value();
    });
    if (record.state == RunState::failed) {
      if (!store.reason_intact(row))
        content.refuse(name + ": its reason is damaged");
      else
        content.read(name + ": reason", [&] { return Hash().add(store.failure_reason(row)).value(); });
    }
    if (record.state != RunState::done) continue;
    content.read(name + ": distribution", [&] {
      const auto pmd = intact_pmd(store, row);
      return Hash().add(std::span<const float>(pmd)).add(checksum_of(store.diagnostics(row))).value();
    });
  }
}

inline void read_images(const ImagesFile& file, Content& content) {
  const auto& d = file.description();
  content.read("description", [&] {
    Hash hash;
    for (const auto& [representation, image] : d.representations)
      hash.add(representation).add(to_string(image));
    return hash.add(checksum_of(d.source))
        .add(d.kx.min)
        .add(d.kx.max)
        .add(d.kx.points)
        .add(d.ky.min)
        .add(d.ky.max)
        .add(d.ky.points)
        .add(file.centres())
        .value();
  });
  for (std::size_t row = 0; row < file.size(); ++row) {
    const auto name = "row " + std::to_string(row);
    content.read(name, [&] {
      return Hash().add(file.source_checksum(row)).add(checksum_of(file.diagnostics(row))).value();
    });
    content.read(name + ": distribution",
                 [&] { return Hash().add(std::span<const float>(file.distribution_1d(row))).value(); });
    for (std::size_t i = 0; i < d.representations.size(); ++i)
      content.read(name + ": image " + d.representations[i].name, [&] {
        const auto image = file.image(i, row);
        return Hash()
            .add(std::span<const std::uint8_t>(image.pixels))
            .add(std::span<const float>(image.floats))
            .add(image.extent.kx_min)
            .add(image.extent.kx_max)
            .add(image.extent.ky_min)
            .add(image.extent.ky_max)
            .value();
      });
  }
}

inline void read_file(const std::filesystem::path& file, Content& content) {
  if (is_images_file(file))
    read_images(ImagesFile::open(file), content);
  else
    read_store(Store::open(file, Store::Mode::read), content);
}

}  // namespace bondscope::faults
