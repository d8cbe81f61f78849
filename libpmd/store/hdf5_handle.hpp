#pragma once

// The HDF5 C interface made safe: handles that close themselves, its error stack as text, and attributes.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <hdf5.h>

namespace bondscope::hdf5 {

/// Owns one HDF5 identifier and the function that closes it.
class Handle {
 public:
  /// HDF5's function that closes such a handle.
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  /// Takes a handle that is closed when this goes; a negative one stands for none.
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, -1);
      close_ = other.close_;
    }
    return *this;
  }
  /// Leaves HDF5's error stack as it is: what went wrong should survive the cleaning up.
  ~Handle();

  /// Whether there is a handle.
  explicit operator bool() const { return id_ >= 0; }
  /// For HDF5's functions.
  hid_t get() const { return id_; }
  /// Closes now; false if HDF5 reports an error (it may still have had something to write).
  bool reset() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// Keeps HDF5 from printing its error stack for as long as this lives.
class Quiet {
 public:
  Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet();

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// The innermost message of the current error stack: what went wrong first, e.g. "file write failed: … errno
/// = 28, error message = 'No space left on device' …". Empty if there is none.
std::string last_error();

/// Texts of `length` bytes, filled up with zeros.
Handle text_type(std::size_t length, H5T_cset_t characters = H5T_CSET_UTF8);

// Scalar attributes: text, unsigned integers, real numbers.

/// Fixed-length UTF-8 text: nothing of variable length, whose place in the file HDF5 does not check. False if
/// HDF5 refuses.
bool write_attribute(hid_t object, const char* name, const std::string& text);
/// Writes an attribute of an object; false if HDF5 refuses.
bool write_attribute(hid_t object, const char* name, std::uint64_t value);
/// The same for a number that is not whole.
bool write_attribute(hid_t object, const char* name, double value);

/// Empty if there is no such attribute or it is not a scalar of that type. Texts may also be of variable
/// length in files without a user block, as old ones are.
std::optional<std::string> read_text_attribute(hid_t object, const char* name);
/// A uint64 attribute; empty if there is none of this type.
std::optional<std::uint64_t> read_integer_attribute(hid_t object, const char* name);
/// A float64 attribute; empty if there is none of this type.
std::optional<double> read_number_attribute(hid_t object, const char* name);

}  // namespace bondscope::hdf5
