#include "standards/python/version.hpp"

#include <array>
#include <charconv>

#include "base/characters.hpp"
#include "base/text.hpp"

namespace mlrepro::python {
namespace {

constexpr std::size_t longest = 1000;

bool is_separator(char c) {
  return c == '-' || c == '_' || c == '.';
}

std::string_view without_leading_zeros(std::string_view digits) {
  while (digits.size() > 1 && digits.front() == '0')
    digits.remove_prefix(1);
  return digits.empty() ? std::string_view("0") : digits;
}

struct Word {
  std::string_view text;
  char mark;  // in the key for pre-releases
};
// Longer spellings first where one begins with another.
constexpr std::array<Word, 8> pre_words = {
    {{"alpha", 2}, {"beta", 3}, {"preview", 4}, {"pre", 4}, {"rc", 4}, {"a", 2}, {"b", 3}, {"c", 4}}};
constexpr std::array<Word, 3> post_words = {{{"post", 2}, {"rev", 2}, {"r", 2}}};
constexpr std::array<Word, 1> dev_words = {{{"dev", 1}}};

}  // namespace

void append_number_key(std::string& key, std::string_view digits) {
  digits = without_leading_zeros(digits);
  if (digits.size() > 19) {
    key += '\xFF';
    key += static_cast<char>(digits.size() >> 8 & 0xFF);
    key += static_cast<char>(digits.size() & 0xFF);
    key += digits;
    return;
  }
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (value <= 238) {
    key += static_cast<char>(value + 1);
    return;
  }
  int bytes = 1;
  while (bytes < 8 && value >> (8 * bytes) != 0)
    ++bytes;
  key += static_cast<char>(0xF0 + bytes - 1);
  for (int i = bytes - 1; i >= 0; --i)
    key += static_cast<char>(value >> (8 * i) & 0xFF);
}

// Walks the text once; no alternative of the regular expression of appendix B needs to look back, since every
// separator before a word is optional and the longest spelling of a word is tried first.
class VersionParser {
 public:
  explicit VersionParser(std::string_view text) : rest_(trim(text)) {}

  std::optional<Version> parse() {
    if (rest_.size() > longest) return std::nullopt;
    version_.text_.clear();
    version_.key_.clear();
    if (!rest_.empty() && lower(rest_.front()) == 'v') rest_.remove_prefix(1);
    if (!release()) return std::nullopt;
    suffixes();
    if (!local()) return std::nullopt;
    return std::move(version_);
  }

 private:
  std::string_view digits() {
    std::size_t size = 0;
    while (size < rest_.size() && is_digit(rest_[size]))
      ++size;
    const auto found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }

  bool release() {
    auto first = digits();
    if (first.empty()) return false;
    if (!rest_.empty() && rest_.front() == '!') {
      const auto epoch = without_leading_zeros(first);
      if (epoch != "0") (version_.text_ += epoch) += '!';
      append_number_key(version_.key_, epoch);
      rest_.remove_prefix(1);
      first = digits();
      if (first.empty()) return false;
    } else {
      append_number_key(version_.key_, "0");
    }
    version_.release_begin_ = static_cast<std::uint16_t>(version_.text_.size());
    std::size_t significant = version_.key_.size();
    for (auto segment = first;;) {
      segment = without_leading_zeros(segment);
      version_.text_ += segment;
      append_number_key(version_.key_, segment);
      if (segment != "0") significant = version_.key_.size();
      if (rest_.size() < 2 || rest_[0] != '.' || !is_digit(rest_[1])) break;
      rest_.remove_prefix(1);
      version_.text_ += '.';
      segment = digits();
    }
    version_.key_.resize(significant);
    version_.key_ += '\0';
    version_.release_end_ = static_cast<std::uint16_t>(version_.text_.size());
    version_.key_release_ = static_cast<std::uint16_t>(version_.key_.size());
    return true;
  }

  // [-_.]? word [-_.]? digits?  Puts the number (0 where there is none) into `number`; 0 where no word is
  // there.
  template <std::size_t Count>
  char word(const std::array<Word, Count>& words, std::string_view& number) {
    auto at = rest_;
    if (!at.empty() && is_separator(at.front())) at.remove_prefix(1);
    for (const Word& candidate : words) {
      if (at.size() < candidate.text.size()) continue;
      bool same = true;
      for (std::size_t i = 0; i < candidate.text.size() && same; ++i)
        same = lower(at[i]) == candidate.text[i];
      if (!same) continue;
      rest_ = at.substr(candidate.text.size());
      if (!rest_.empty() && is_separator(rest_.front())) {
        // "1.0a--1" is a0.post1, "1.0a-1" is a1: the separator belongs to the word either way.
        rest_.remove_prefix(1);
      }
      number = without_leading_zeros(digits());
      return candidate.mark;
    }
    return 0;
  }

  void suffixes() {
    std::string_view pre_number;
    std::string_view post_number;
    std::string_view dev_number;
    char pre = 0;
    if (!rest_.empty() && rest_.front() != '+') {
      pre = word(pre_words, pre_number);
      if (rest_.size() > 1 && rest_[0] == '-' && is_digit(rest_[1])) {
        rest_.remove_prefix(1);
        post_number = without_leading_zeros(digits());
        version_.has_post_ = true;
      } else {
        version_.has_post_ = word(post_words, post_number) != 0;
      }
      version_.has_dev_ = word(dev_words, dev_number) != 0;
    }
    version_.has_pre_ = pre != 0;
    if (version_.has_pre_) {
      (version_.text_ += pre == 2 ? "a" : pre == 3 ? "b" : "rc") += pre_number;
      version_.key_ += pre;
      append_number_key(version_.key_, pre_number);
    } else {
      version_.key_ += version_.has_dev_ && !version_.has_post_ ? '\x01' : '\x05';
    }
    version_.key_pre_ = static_cast<std::uint16_t>(version_.key_.size());
    if (version_.has_post_) {
      (version_.text_ += ".post") += post_number;
      version_.key_ += '\x02';
      append_number_key(version_.key_, post_number);
    } else {
      version_.key_ += '\x01';
    }
    if (version_.has_dev_) {
      (version_.text_ += ".dev") += dev_number;
      version_.key_ += '\x01';
      append_number_key(version_.key_, dev_number);
    } else {
      version_.key_ += '\x02';
    }
    version_.public_size_ = static_cast<std::uint16_t>(version_.text_.size());
    version_.key_public_ = static_cast<std::uint16_t>(version_.key_.size());
  }

  bool local() {
    if (rest_.empty()) return true;
    if (rest_.front() != '+') return false;
    char joint = '+';
    do {
      rest_.remove_prefix(1);
      std::size_t size = 0;
      bool number = true;
      while (size < rest_.size() && is_alphanumeric(rest_[size]))
        number = is_digit(rest_[size++]) && number;
      if (size == 0) return false;
      const auto segment = rest_.substr(0, size);
      rest_.remove_prefix(size);
      version_.text_ += joint;
      joint = '.';
      if (number) {
        version_.text_ += without_leading_zeros(segment);
        version_.key_ += '\x02';
        append_number_key(version_.key_, segment);
      } else {
        version_.key_ += '\x01';
        for (const char c : segment) {
          version_.text_ += lower(c);
          version_.key_ += lower(c);
        }
        version_.key_ += '\0';
      }
    } while (!rest_.empty() && is_separator(rest_.front()));
    return rest_.empty();
  }

  std::string_view rest_;
  Version version_;
};

std::optional<Version> Version::parse(std::string_view text) {
  return VersionParser(text).parse();
}

std::string_view Version::public_part() const noexcept {
  return std::string_view(text_).substr(0, public_size_);
}
std::string_view Version::base_part() const noexcept {
  return std::string_view(text_).substr(0, release_end_);
}
std::string_view Version::release_part() const noexcept {
  return base_part().substr(release_begin_);
}
std::string_view Version::local_part() const noexcept {
  return has_local() ? std::string_view(text_).substr(public_size_ + 1U) : std::string_view();
}
std::string_view Version::public_key() const noexcept {
  return std::string_view(key_).substr(0, key_public_);
}
std::string_view Version::release_key() const noexcept {
  return std::string_view(key_).substr(0, key_release_);
}
std::string_view Version::pre_key() const noexcept {
  return std::string_view(key_).substr(0, key_pre_);
}

}  // namespace mlrepro::python
