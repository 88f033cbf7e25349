// entry_points.txt (PyPA "Entry points specification"): which commands a wheel wants under bin/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::python {

struct EntryPoint {
  std::string group;      // "console_scripts"
  std::string name;       // "pip"
  std::string module;     // "pip._internal.cli.main"
  std::string attribute;  // "main", "Class.method"; may be empty
  bool operator==(const EntryPoint&) const = default;
};

// In the file's order, extras dropped, the last of equal (group, name) wins. Lines that are no entry point
// are passed over.
[[nodiscard]] std::vector<EntryPoint> parse_entry_points(std::string_view text);
// Of console_scripts and gui_scripts: those whose name can be a file name (no '/', not "." or "..", no
// control characters) and whose object is a dotted Python name with an attribute.
[[nodiscard]] std::vector<EntryPoint> script_entry_points(std::string_view text);
// The text of a script: shebang line for `interpreter`, then a call of the entry point whose value is the
// exit status.
[[nodiscard]] std::string render_script(const EntryPoint& entry, std::string_view interpreter);

}  // namespace mlrepro::python
