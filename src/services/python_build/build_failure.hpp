// What a failed build's log says to a person.
#pragma once

#include <string>
#include <string_view>

namespace mlrepro {

// What to do about it: packages of the operating system that the log misses ("add gcc and python3-dev to
// os.packages"), the network that there is not, a module that no build requirement brings; a general word
// where nothing is known.
[[nodiscard]] std::string hint_of_failure(std::string_view log);

}  // namespace mlrepro
