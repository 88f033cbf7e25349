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
    {"", "--no-index", Option::no_index},
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
  return option != Option::prereleases && option != Option::require_hashes && option != Option::no_index &&
         option != Option::flag_without_effect;
}

}  // namespace

std::optional<std::vector<std::string>> option_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool last = i + 1 == text.size();
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else if (c == '\\' && quote == '"' && !last && (text[i + 1] == '"' || text[i + 1] == '\\')) {
        word += text[++i];
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      inside = true;
    } else if (c == ' ' || c == '\t') {
      if (inside) words.push_back(std::move(word));
      word.clear();
      inside = false;
    } else {
      word += c == '\\' && !last ? text[++i] : c;
      inside = true;
    }
  }
  if (quote != 0) return std::nullopt;
  if (inside) words.push_back(std::move(word));
  return words;
}

std::optional<RequirementsOptions> RequirementsOptions::read(std::string_view text) {
  auto words = option_words(text);
  if (!words) return std::nullopt;
  return RequirementsOptions(std::move(*words));
}

std::optional<GivenOption> RequirementsOptions::take() {
  const std::string_view word = words_[at_++];
  for (const auto& name : option_names) {
    if (word == name.full || (!name.brief.empty() && word == name.brief)) {
      if (!takes_value(name.option)) return GivenOption{name.option, {}};
      if (empty()) return std::nullopt;
      return GivenOption{name.option, words_[at_++]};
    }
    if (!takes_value(name.option)) continue;
    if (word.starts_with(name.full) && word[name.full.size()] == '=')
      return GivenOption{name.option, word.substr(name.full.size() + 1)};
    if (!name.brief.empty() && word.starts_with(name.brief) && !word.starts_with("--"))
      return GivenOption{name.option, word.substr(name.brief.size())};
  }
  return std::nullopt;
}

}  // namespace mlrepro
