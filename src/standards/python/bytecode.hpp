// PEP 3147: where CPython keeps what it compiled.
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::python {

// "opt/x/a.py" and "3.11" -> "opt/x/__pycache__/a.cpython-311.pyc"
[[nodiscard]] std::string bytecode_path(std::string_view source, std::string_view minor);

}  // namespace mlrepro::python
