// The outer form of a package, deb(5): an ar archive of debian-binary, control.tar and data.tar.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "adapters/archive/tar_reader.hpp"
#include "base/file.hpp"
#include "codec/ar.hpp"

namespace mlrepro {

struct Deb {
  UniqueFd fd;
  std::string name;  // for messages
  ArMember control;
  ArMember data;
};

// Throws Error(input, "bad-ar") where it is no package of format 2.x.
[[nodiscard]] Deb open_deb(const std::filesystem::path& file, const std::string& name);

// The stream of one member of `deb`, which it does not outlive; `passed`, where given, is told how many bytes
// went by.
[[nodiscard]] ReadNext stream_of(const Deb& deb, const ArMember& member,
                                 std::function<void(std::uint64_t)> passed);

}  // namespace mlrepro
