#include "libpmd/store/hdf5_handle.hpp"

#include <algorithm>
#include <cstring>

namespace bondscope::hdf5 {
namespace {

bool write_scalar(hid_t object, const char* name, hid_t file_type, hid_t memory_type, const void* value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(object, name, file_type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose);
  return attribute && H5Awrite(attribute.get(), memory_type, value) >= 0;
}

/// Opens an attribute that holds exactly one element.
Handle open_scalar(hid_t object, const char* name) {
  if (H5Aexists(object, name) <= 0) return {};
  Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (!attribute) return {};
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  if (H5Sget_simple_extent_npoints(space.get()) != 1) return {};
  return attribute;
}

template <class Value>
std::optional<Value> read_scalar(hid_t object, const char* name, H5T_class_t kind, hid_t memory_type) {
  const Handle attribute = open_scalar(object, name);
  if (!attribute) return {};
  const Handle stored(H5Aget_type(attribute.get()), H5Tclose);
  Value value = 0;
  if (H5Tget_class(stored.get()) != kind || H5Aread(attribute.get(), memory_type, &value) < 0) return {};
  return value;
}

}  // namespace

Handle::~Handle() {
  if (id_ < 0) return;
  const hid_t errors = H5Eget_num(H5E_DEFAULT) > 0 ? H5Eget_current_stack() : -1;
  reset();
  if (errors >= 0) H5Eset_current_stack(errors);
}

Quiet::Quiet() {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Quiet::~Quiet() {
  H5Eset_auto2(H5E_DEFAULT, function_, data_);
}

std::string last_error() {
  std::string message;
  const auto keep_first = [](unsigned, const H5E_error2_t* entry, void* text) -> herr_t {
    if (entry->desc) *static_cast<std::string*>(text) = entry->desc;
    return 1;  // the walk begins at the innermost entry and that one is enough
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &message);
  return message;
}

Handle text_type(std::size_t length, H5T_cset_t characters) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), length);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), characters);
  return type;
}

bool write_attribute(hid_t object, const char* name, const std::string& text) {
  const Handle type = text_type(std::max<std::size_t>(text.size(), 1));
  return write_scalar(object, name, type.get(), type.get(), text.c_str());
}

bool write_attribute(hid_t object, const char* name, std::uint64_t value) {
  return write_scalar(object, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, &value);
}

bool write_attribute(hid_t object, const char* name, double value) {
  return write_scalar(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

namespace {

/// Texts of variable length lie in the global heap, whose sizes HDF5 1.10 believes: forged ones make it crash
/// or hang. A file with a user block is of a format that has none.
bool may_vary(hid_t object) {
  const Handle file(H5Iget_file_id(object), H5Fclose);
  const Handle creation(H5Fget_create_plist(file.get()), H5Pclose);
  hsize_t user_block = 0;
  return H5Pget_userblock(creation.get(), &user_block) >= 0 && user_block == 0;
}

}  // namespace

/// Attributes lie in headers of objects, which have at most 64 KiB.
constexpr std::size_t longest_attribute = 1 << 16;

std::optional<std::string> read_text_attribute(hid_t object, const char* name) {
  const Handle attribute = open_scalar(object, name);
  if (!attribute) return {};
  const Handle stored(H5Aget_type(attribute.get()), H5Tclose);
  if (H5Tget_class(stored.get()) != H5T_STRING) return {};
  const bool variable = H5Tis_variable_str(stored.get()) > 0;
  if (variable && !may_vary(object)) return {};
  const std::size_t length = variable ? H5T_VARIABLE : H5Tget_size(stored.get());
  if (!variable && length > longest_attribute) return {};
  // HDF5 does not convert between character sets, so the memory type follows the file.
  const Handle type = text_type(length, H5Tget_cset(stored.get()));
  if (variable) {
    char* text = nullptr;
    if (H5Aread(attribute.get(), type.get(), &text) < 0) return {};
    std::string value = text ? text : "";
    H5free_memory(text);
    return value;
  }
  std::string value(length, '\0');
  if (H5Aread(attribute.get(), type.get(), value.data()) < 0) return {};
  value.resize(strnlen(value.data(), length));
  return value;
}

std::optional<std::uint64_t> read_integer_attribute(hid_t object, const char* name) {
  return read_scalar<std::uint64_t>(object, name, H5T_INTEGER, H5T_NATIVE_UINT64);
}

std::optional<double> read_number_attribute(hid_t object, const char* name) {
  return read_scalar<double>(object, name, H5T_FLOAT, H5T_NATIVE_DOUBLE);
}

}  // namespace bondscope::hdf5
