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
    bool important = false;  // Important: yes or Protected: yes
    std::string breaks;      // libsolv keeps Breaks and Conflicts as one list; for messages
    // In which order Pre-Depends with Depends, and Recommends, were written: see written_order().
    std::string needs_order;
    std::string recommends_order;
    std::size_t mention = 0;  // when this name occurred first in the file, counted over all names in it
  };
  std::string control;  // Package, Version, Architecture, Multi-Arch, relations, Filename, SHA256; unfolded
  std::vector<Facts> facts;
  // "NAME NUMBER\n" for names that occur in relations and are no package of this file, sorted by name: a
  // package of another file may have been mentioned here first.
  std::string mentions;
};

// libsolv sorts relations, but apt follows them as they were written. For the distinct groups between the
// commas of `relations`, sorted by their text without white space: their places in writing, as "2,0,1"; empty
// where the two orders agree.
[[nodiscard]] std::string written_order(std::string_view relations);
// The groups' texts, without white space, in that sorted order.
[[nodiscard]] std::vector<std::string> sorted_groups(std::string_view relations);

// Keeps the stanzas of `architecture` and of "all" that have a name and a version. Anything else is passed
// over: a Packages file comes with a signature, and a stanza nobody can install is no reason to refuse the
// rest.
[[nodiscard]] PackagesText condense_packages(std::string_view text, std::string_view architecture);

}  // namespace mlrepro
