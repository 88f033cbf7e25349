// A folder on disk, pushed into a sink in one order for every file system: depth first, the names of a folder
// by their bytes, a folder before what it holds. Of several hard links the first in that order is the file,
// the others link to it.
//
// Extended attributes are those of tree/disk_entry.hpp.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "tree/tree_sink.hpp"

namespace mlrepro {

// What happens to an entry: pushed (a folder with what it holds), passed over with all it holds, or, for a
// folder, passed over itself while what it holds is asked about.
enum class Choice { take, skip, descend };
using Choose = std::function<Choice(std::string_view path, EntryType type)>;

// The root itself is not pushed. Sockets are Error(input, "socket"). Does not call sink.finish().
void push_folder(const std::filesystem::path& root, const Choose& choose, TreeSink& sink);

}  // namespace mlrepro
