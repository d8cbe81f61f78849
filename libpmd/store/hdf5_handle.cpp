#include "libpmd/store/hdf5_handle.hpp"

namespace bondscope::hdf5 {

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

}  // namespace bondscope::hdf5
