// Files that programs write anew in every image, in one form: the same bytes whatever order the folders were
// read in, and whatever the clock said. Bytes that are not in the format that a function knows come back as
// they are, so that a source of entropy that nobody knows stays to be seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mlrepro {

// Lines of a configuration that is put together from pieces: sorted and each once, below the comment at its
// top.
[[nodiscard]] std::string sorted_lines(std::string_view bytes);

// kpathsea's file name database ("ls-R"): paragraphs of "FOLDER:" and names, both sorted. Its order means
// nothing to its readers but between files of one name.
[[nodiscard]] std::string sorted_listing(std::string_view bytes);

// What Octave saves as text begins with "# Created by Octave VERSION, DATE <USER@HOST>": without what follows
// the version. Its readers pass over comments.
[[nodiscard]] std::string undated_octave(std::string_view bytes);

// A Java keystore (JKS, version 2) of trusted certificates alone under the password "changeit", which
// Debian's /etc/ssl/certs/java/cacerts has: entries by alias, each with `time` (seconds) as its date.
[[nodiscard]] std::string dated_keystore(std::string_view bytes, std::int64_t time);

}  // namespace mlrepro
