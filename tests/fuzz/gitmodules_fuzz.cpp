#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/git/gitmodules.hpp"
#include "adapters/git/netrc.hpp"
#include "base/text.hpp"

// A repository that came from afar leads to no file of this machine.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::git;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& [path, module] : parse_gitmodules(text)) {
    const auto url = submodule_url("https://example.org/a/b.git", module.url);
    const std::string lower = mlrepro::to_lower(url.value_or("https://"));
    if (!lower.starts_with("https://") && !lower.starts_with("http://") && !lower.starts_with("ssh://") &&
        !lower.starts_with("git://"))
      std::abort();
  }
  (void)find_login(text, "example.org");
  return 0;
}
