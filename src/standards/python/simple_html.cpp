// PEP 503 pages. A tokenizer for what matters of HTML (WHATWG, section 13.2.5): tags, attributes, comments,
// raw text. Each byte is looked at a bounded number of times, whatever the page holds.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/characters.hpp"
#include "base/text.hpp"
#include "standards/python/foreign_text.hpp"
#include "standards/python/simple_file.hpp"
#include "standards/python/url.hpp"

namespace mlrepro::python {
namespace {

bool is_html_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() && std::equal(text.begin(), text.end(), lower_case.begin(),
                                                        [](char a, char b) { return lower(a) == b; });
}

// Appends what the reference at the front of `text` ("&gt;...") stands for; returns its length, 1 for a lone
// '&'.
std::size_t append_reference(std::string& out, std::string_view text) {
  struct Named {
    std::string_view name;
    char character;
  };
  static constexpr std::array<Named, 5> named = {
      {{"&gt;", '>'}, {"&lt;", '<'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  for (const auto& each : named) {
    if (!text.starts_with(each.name)) continue;
    out += each.character;
    return each.name.size();
  }
  if (text.starts_with("&#")) {
    const bool hexadecimal = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
    const std::size_t begin = hexadecimal ? 3 : 2;
    const auto digits = text.substr(begin, 8);
    unsigned long code_point = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code_point, hexadecimal ? 16 : 10);
    if (error == std::errc() && end != digits.data()) {
      append_code_point(out, code_point);
      const auto size = begin + static_cast<std::size_t>(end - digits.data());
      return size + (size < text.size() && text[size] == ';' ? 1 : 0);
    }
  }
  out += '&';
  return 1;
}

std::string decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto plain = std::min(text.find('&'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(append_reference(out, text));
  }
  return out;
}

struct Attribute {
  std::string_view name;
  std::string_view value;  // as written, entities and all
};

class HtmlReader {
 public:
  HtmlReader(std::string_view text, std::string_view url) : text_(text), base_(url) {}

  std::optional<SimplePage> read() {
    while (at_ < text_.size()) {
      const auto* open = static_cast<const char*>(std::memchr(text_.data() + at_, '<', text_.size() - at_));
      if (open == nullptr) break;
      at_ = static_cast<std::size_t>(open - text_.data()) + 1;
      const char next = at_ < text_.size() ? text_[at_] : '\0';
      if (is_letter(next)) {
        if (!tag()) return std::nullopt;
      } else if (text_.substr(at_, 3) == "!--") {
        // "<!-->" and "<!--->" are whole comments.
        skip_past("-->", at_ + 1);
      } else if (next == '!' || next == '?' || next == '/') {
        skip_past(">", at_);
      }
    }
    page_.is_form = form_ && page_.files.empty();
    return std::move(page_);
  }

 private:
  void skip_past(std::string_view mark, std::size_t from) {
    const auto found = text_.find(mark, from);
    at_ = found == std::string_view::npos ? text_.size() : found + mark.size();
  }

  std::string_view take_while_not(std::string_view stops) {
    const auto end = std::min(text_.find_first_of(stops, at_), text_.size());
    const auto taken = text_.substr(at_, end - at_);
    at_ = end;
    return taken;
  }

  // The next attribute of the tag; false at its end, which is taken.
  bool attribute(Attribute& out) {
    while (at_ < text_.size() && (is_html_space(text_[at_]) || text_[at_] == '/'))
      ++at_;
    if (at_ >= text_.size()) return false;
    if (text_[at_] == '>') {
      ++at_;
      return false;
    }
    const auto begin = at_++;  // a '=' here is part of the name
    take_while_not(" \n\t\r\f/>=");
    out = {text_.substr(begin, at_ - begin), {}};
    while (at_ < text_.size() && is_html_space(text_[at_]))
      ++at_;
    if (at_ >= text_.size() || text_[at_] != '=') return true;
    ++at_;
    while (at_ < text_.size() && is_html_space(text_[at_]))
      ++at_;
    if (at_ >= text_.size()) return true;
    const char quote = text_[at_];
    if (quote != '"' && quote != '\'') {
      out.value = take_while_not(" \n\t\r\f>");
      return true;
    }
    const auto end = std::min(text_.find(quote, at_ + 1), text_.size());
    out.value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = std::min(end + 1, text_.size());
    return true;
  }

  // False where the page is of a version that we cannot read.
  bool tag() {
    const auto name = take_while_not(" \n\t\r\f/>");
    if (equals_ignoring_case(name, "a")) {
      anchor();
      return true;
    }
    if (equals_ignoring_case(name, "meta")) return meta();
    const bool is_base = equals_ignoring_case(name, "base");
    Attribute each;
    while (attribute(each)) {
      if (!is_base || based_ || !equals_ignoring_case(each.name, "href")) continue;
      base_ = resolve_url(base_, trim(decode(each.value)));
      based_ = true;
    }
    for (const std::string_view foreign : {"form", "input", "iframe", "script"})
      form_ = form_ || equals_ignoring_case(name, foreign);
    // Elements whose content is text up to their end tag.
    for (const std::string_view raw : {"script", "style", "title", "textarea"}) {
      if (equals_ignoring_case(name, raw)) skip_raw_text(raw);
    }
    return true;
  }

  void skip_raw_text(std::string_view element) {
    for (;;) {
      skip_past("</", at_);
      if (at_ >= text_.size() || equals_ignoring_case(text_.substr(at_, element.size()), element)) return;
    }
  }

  bool meta() {
    std::string_view name;
    std::string_view content;
    Attribute each;
    while (attribute(each)) {
      if (equals_ignoring_case(each.name, "name")) name = each.value;
      if (equals_ignoring_case(each.name, "content")) content = each.value;
    }
    return name != "pypi:repository-version" || is_known_repository_version(decode(content));
  }

  void anchor() {
    SimpleFile file;
    std::string_view href;
    std::string_view sidecar;
    bool has_sidecar = false;
    bool preferred_sidecar = false;  // PEP 714 renamed the attribute; the new name wins
    Attribute each;
    while (attribute(each)) {
      if (equals_ignoring_case(each.name, "href")) {
        if (href.empty()) href = each.value;
        continue;
      }
      if (each.name.size() < 6 || !equals_ignoring_case(each.name.substr(0, 5), "data-")) continue;
      const auto key = each.name.substr(5);
      if (equals_ignoring_case(key, "requires-python")) {
        auto value = as_utf8(trim(decode(each.value)));
        if (!value.empty()) file.requires_python = std::move(value);
      } else if (equals_ignoring_case(key, "yanked")) {
        file.yanked = as_utf8(decode(each.value));
      } else if (equals_ignoring_case(key, "upload-time")) {
        file.upload_time = parse_upload_time(decode(each.value));
      } else if (equals_ignoring_case(key, "core-metadata")) {
        sidecar = each.value;
        has_sidecar = preferred_sidecar = true;
      } else if (equals_ignoring_case(key, "dist-info-metadata") && !preferred_sidecar) {
        sidecar = each.value;
        has_sidecar = true;
      }
    }
    if (href.empty()) return;
    const auto reference = decode(trim(href));
    auto path = std::string_view(reference).substr(0, reference.find_first_of("?#"));
    file.filename = percent_decode(path.substr(path.rfind('/') + 1));
    if (!is_usable_filename(file.filename) || !set_url(file, base_, reference)) return;
    if (has_sidecar && !sidecar.empty() && sidecar != "false") {
      file.core_metadata = true;
      if (sidecar.starts_with("sha256=")) file.core_metadata_sha256 = Sha256::parse(sidecar.substr(7));
    }
    page_.files.push_back(std::move(file));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string base_;
  bool based_ = false;
  bool form_ = false;
  SimplePage page_;
};

}  // namespace

std::optional<SimplePage> parse_simple_html(std::string_view text, std::string_view url) {
  if (text.size() > largest_page) return std::nullopt;
  return HtmlReader(text, url).read();
}

}  // namespace mlrepro::python
