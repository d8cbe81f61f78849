#pragma once

// Scalar attributes: text, unsigned integers, real numbers.

#include <cstdint>
#include <optional>
#include <string>

#include <hdf5.h>

namespace bondscope::hdf5 {

/// Variable-length UTF-8 text, which h5py shows as str. False if HDF5 refuses.
bool write_attribute(hid_t object, const char* name, const std::string& text);
bool write_attribute(hid_t object, const char* name, std::uint64_t value);
bool write_attribute(hid_t object, const char* name, double value);

/// Empty if there is no such attribute or it is not a scalar of that type.
std::optional<std::string> read_text_attribute(hid_t object, const char* name);
std::optional<std::uint64_t> read_integer_attribute(hid_t object, const char* name);
std::optional<double> read_number_attribute(hid_t object, const char* name);

}  // namespace bondscope::hdf5
