#include "adapters/openpgp/rnp_library.hpp"

#include "base/late_library.hpp"

// The functions that this room calls.
// clang-format off
#define RNP_FUNCTIONS(each)                \
  each(rnp_buffer_destroy)                 \
  each(rnp_dearmor)                        \
  each(rnp_ffi_create)                     \
  each(rnp_ffi_destroy)                    \
  each(rnp_ffi_set_log_fd)                 \
  each(rnp_import_keys)                    \
  each(rnp_input_destroy)                  \
  each(rnp_input_from_memory)              \
  each(rnp_key_allows_usage)               \
  each(rnp_key_get_fprint)                 \
  each(rnp_key_get_primary_fprint)         \
  each(rnp_key_handle_destroy)             \
  each(rnp_key_is_revoked)                 \
  each(rnp_key_is_valid)                   \
  each(rnp_key_valid_till64)               \
  each(rnp_locate_key)                     \
  each(rnp_op_verify_create)               \
  each(rnp_op_verify_destroy)              \
  each(rnp_op_verify_execute)              \
  each(rnp_op_verify_get_signature_at)     \
  each(rnp_op_verify_get_signature_count)  \
  each(rnp_op_verify_signature_get_handle) \
  each(rnp_op_verify_signature_get_hash)   \
  each(rnp_op_verify_signature_get_key)    \
  each(rnp_op_verify_signature_get_status) \
  each(rnp_op_verify_signature_get_times)  \
  each(rnp_output_destroy)                 \
  each(rnp_output_memory_get_buf)          \
  each(rnp_output_to_memory)               \
  each(rnp_result_to_string)               \
  each(rnp_set_timestamp)                  \
  each(rnp_signature_get_keyid)            \
  each(rnp_signature_handle_destroy)
// clang-format on

RNP_FUNCTIONS(MLREPRO_LATE_FUNCTION)

namespace mlrepro {

void load_rnp() {
  static const LateLibrary library("librnp.so.0", {RNP_FUNCTIONS(MLREPRO_LATE_ENTRY)});
}

}  // namespace mlrepro
