// Which build of the program this is.
#pragma once

#include <string_view>

namespace mlrepro {

// The linker's note (NT_GNU_BUILD_ID), which is a digest of the program's content; empty where it wrote none.
[[nodiscard]] std::string_view build_id() noexcept;

}  // namespace mlrepro
