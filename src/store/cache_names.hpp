// Names in a cache that those who make a thing and those who clean up after it know.
#pragma once

#include <string_view>

namespace mlrepro::cache_names {

// IMAGES/<digest>/complete: written last, removed first.
inline constexpr std::string_view complete = "complete";
// IMAGES/.building-XXXXXX, an image that is being built, and beside it the file of the same name and
// ".lock".
inline constexpr std::string_view building_prefix = ".building-";
inline constexpr std::string_view building_lock_suffix = ".lock";
// IMAGES/.turn-<lock>: whose turn it is to build a lock.
inline constexpr std::string_view turn_prefix = ".turn-";
// Notes that name an image: the one that stands for the operating system of a lock, and the one whose
// operating system a build can take over.
inline constexpr std::string_view os_note_prefix = ".os-";
inline constexpr std::string_view base_note_prefix = ".base-";

}  // namespace mlrepro::cache_names
