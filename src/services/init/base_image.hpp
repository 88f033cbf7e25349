// What the name of an image says about the Debian suite and the interpreter inside.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mlrepro {

struct BaseImage {
  std::string suite;                  // of Debian; empty: the name tells none
  std::optional<std::string> python;  // "3.11" of python:3.11-slim
  std::string note;                   // what cannot be carried over; empty: all of it can
};

// `reference` is an image as FROM names it: registry, tag and digest are understood.
[[nodiscard]] BaseImage read_base_image(std::string_view reference);

// The version of the suite's python3 ("3.11" of bookworm); absent for suites that move or are not known.
[[nodiscard]] std::optional<std::string> python_of_suite(std::string_view suite);
// The suite whose python3 has this version.
[[nodiscard]] std::optional<std::string> suite_of_python(std::string_view version);
inline constexpr const char* default_suite = "bookworm";

}  // namespace mlrepro
