// The tags before what is checked out.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace mlrepro {

// Of the commit that the checkout around `folder` stands at: "v1.0-3-gabc1234", GitCache::described(). Absent
// where there is no checkout, or no commit in it.
[[nodiscard]] std::optional<std::string> described_checkout(const std::filesystem::path& folder);

}  // namespace mlrepro
