// Bytes anywhere in an open file; the place where others read it stays.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace mlrepro {

// So many bytes from there on; fewer at the end alone.
using ReadBytes = std::function<std::string(std::uint64_t offset, std::size_t size)>;

// How many came into `into`: fewer than it holds at the end alone, none past the largest offset there can be.
// Throws system_error with `name`.
[[nodiscard]] std::size_t read_at(int fd, std::uint64_t offset, std::span<char> into,
                                  const std::string& name);

// The same as a function; the descriptor stays the caller's.
[[nodiscard]] ReadBytes bytes_of_file(int fd, const std::string& name);

}  // namespace mlrepro
