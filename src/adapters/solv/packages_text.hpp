// A Packages file (Debian wiki "DebianRepository/Format", deb-control(5)) cut down to what choosing packages
// needs: descriptions, tags and checksums that nobody reads are nine tenths of it and would be kept in every
// cache.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

struct PackagesText {
  struct Facts {             // what libsolv's own reader drops, one entry a stanza of `control`, in its order
    std::uint64_t size = 0;  // of the .deb
    std::string priority;    // "required", "important", "standard", "optional", "extra"; lower case
    bool essential = false;
    std::string breaks;  // libsolv keeps Breaks and Conflicts as one list; for messages
  };
  std::string control;  // Package, Version, Architecture, Multi-Arch, relations, Filename, SHA256; unfolded
  std::vector<Facts> facts;
};

// Keeps the stanzas of `architecture` and of "all" that have a name and a version. Anything else is passed
// over: a Packages file comes with a signature, and a stanza nobody can install is no reason to refuse the
// rest.
[[nodiscard]] PackagesText condense_packages(std::string_view text, std::string_view architecture);

}  // namespace mlrepro
