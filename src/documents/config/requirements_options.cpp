#include "documents/config/requirements_options.hpp"

namespace mlrepro {
namespace {

using Option = RequirementsOption;

struct OptionName {
  std::string_view brief;
  std::string_view full;
  Option option;
};

constexpr OptionName option_names[] = {
    {"-r", "--requirement", Option::requirement},
    {"-c", "--constraint", Option::constraint},
    {"-i", "--index-url", Option::index_url},
    {"", "--pypi-url", Option::index_url},
    {"", "--extra-index-url", Option::extra_index_url},
    {"-f", "--find-links", Option::find_links},
    {"", "--pre", Option::prereleases},
    {"", "--require-hashes", Option::require_hashes},
    {"", "--hash", Option::hash},
    {"", "--prefer-binary", Option::flag_without_effect},
    {"", "--only-binary", Option::only_binary},
    {"", "--no-binary", Option::no_binary},
    {"", "--trusted-host", Option::value_without_effect},
    {"", "--use-feature", Option::value_without_effect},
};

bool takes_value(Option option) {
  return option != Option::prereleases && option != Option::require_hashes &&
         option != Option::flag_without_effect;
}

}  // namespace

std::optional<GivenOption> take_requirements_option(std::vector<std::string_view>& words) {
  const std::string_view word = words.front();
  for (const auto& name : option_names) {
    std::string_view value;
    if (word == name.full || (!name.brief.empty() && word == name.brief)) {
      if (takes_value(name.option)) {
        if (words.size() < 2) return std::nullopt;
        words.erase(words.begin());
        value = words.front();
      }
    } else if (takes_value(name.option) && word.starts_with(name.full) && word[name.full.size()] == '=') {
      value = word.substr(name.full.size() + 1);
    } else if (!name.brief.empty() && word.starts_with(name.brief) && !word.starts_with("--")) {
      value = word.substr(name.brief.size());
    } else {
      continue;
    }
    words.erase(words.begin());
    return GivenOption{name.option, value};
  }
  return std::nullopt;
}

}  // namespace mlrepro
