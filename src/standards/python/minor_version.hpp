// The series of an interpreter, which its wheels and its folders are named after.
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::python {

// "3.11.2" -> "3.11": patch levels take the same wheels. What has no second number stays.
[[nodiscard]] std::string minor_of(std::string_view version);

}  // namespace mlrepro::python
