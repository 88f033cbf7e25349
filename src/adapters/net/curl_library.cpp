#include "adapters/net/curl_library.hpp"

#include "base/late_library.hpp"

// The functions that this room calls.
// clang-format off
#define CURL_FUNCTIONS(each)     \
  each(curl_easy_cleanup)        \
  each(curl_easy_getinfo)        \
  each(curl_easy_init)           \
  each(curl_easy_reset)          \
  each(curl_easy_setopt)         \
  each(curl_easy_strerror)       \
  each(curl_free)                \
  each(curl_global_init)         \
  each(curl_multi_add_handle)    \
  each(curl_multi_cleanup)       \
  each(curl_multi_info_read)     \
  each(curl_multi_init)          \
  each(curl_multi_perform)       \
  each(curl_multi_poll)          \
  each(curl_multi_remove_handle) \
  each(curl_multi_setopt)        \
  each(curl_slist_append)        \
  each(curl_slist_free_all)      \
  each(curl_url)                 \
  each(curl_url_cleanup)         \
  each(curl_url_get)             \
  each(curl_url_set)
// clang-format on

CURL_FUNCTIONS(MLREPRO_LATE_FUNCTION)

namespace mlrepro {

void load_curl() {
  static const LateLibrary library("libcurl.so.4", {CURL_FUNCTIONS(MLREPRO_LATE_ENTRY)});
}

}  // namespace mlrepro
