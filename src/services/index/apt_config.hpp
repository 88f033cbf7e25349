// apt's configuration, apt.conf(5): what it says of proxies and certificates.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace mlrepro {

// "acquire::http::proxy" -> value: keys in lower case. Both forms, `A::B "c";` and `A { B "c"; };`; comments
// of C, of C++ and with '#', #clear. Of a list, and of a key that comes again, the last value counts. What is
// neither is passed over, with the rest of the text where nesting is deeper than 32.
void add_apt_config(std::string_view text, std::map<std::string, std::string>& values);

// The file that APT_CONFIG names, apt.conf.d/*, file names chosen and in order as apt does, then apt.conf;
// what cannot be read counts as empty.
[[nodiscard]] std::map<std::string, std::string> read_apt_config(const std::filesystem::path& apt_folder);

}  // namespace mlrepro
