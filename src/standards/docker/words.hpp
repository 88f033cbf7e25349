// The arguments of an instruction: flags, words, the JSON form, and the here-documents that they announce.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::docker {

struct Slice {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Words between white space; quotes and escapes keep it together. `closed` is false where a quote stays open.
struct Slices {
  std::vector<Slice> words;
  bool closed = true;
};
[[nodiscard]] Slices quoted_words(std::string_view text, std::size_t from, char escape);
// Words between white space, quotes meaning nothing (COPY, EXPOSE, FROM).
[[nodiscard]] std::vector<Slice> plain_words(std::string_view text, std::size_t from);

// The "--name" and "--name=value" in front, from `from` on; `after` is where the first other word begins.
struct FlagSlices {
  std::vector<Slice> flags;
  std::size_t after = 0;
};
[[nodiscard]] FlagSlices flags_in_front(std::string_view text, std::size_t from, char escape);

// ["a", "b"]: a JSON list of strings and nothing else, with where each stands (quotes included).
struct JsonWord {
  std::string text;
  Slice slice;
};
[[nodiscard]] std::optional<std::vector<JsonWord>> json_words(std::string_view text, std::size_t from);

// A word of the form [fd]<<[-]NAME; NAME may be quoted, and then nothing is replaced in the body.
struct HeredocMark {
  std::string name;
  bool strip_tabs = false;
  bool quoted = false;
  Slice slice;
};
// Those among the words of the text, in order. "<<<" and "$((1<<2))" are none, nor is anything where a quote
// stays open.
[[nodiscard]] std::vector<HeredocMark> heredocs_in(std::string_view text, std::size_t from);

}  // namespace mlrepro::docker
