// PEP 691 pages, read as a stream of events so that nothing of a page but its files is kept.
#include <array>

#include "base/text.hpp"
#include "codec/json.hpp"
#include "standards/python/foreign_text.hpp"
#include "standards/python/simple_file.hpp"

namespace mlrepro::python {
namespace {

using nlohmann::json;

enum class Key {
  other,
  meta,
  api_version,
  files,
  filename,
  url,
  hashes,
  sha256,
  requires_python,
  size,
  upload_time,
  yanked,
  core_metadata,
  dist_info_metadata,
};

Key key_of(std::string_view text) {
  struct Name {
    std::string_view text;
    Key key;
  };
  static constexpr std::array<Name, 14> names = {{{"filename", Key::filename},
                                                  {"url", Key::url},
                                                  {"hashes", Key::hashes},
                                                  {"sha256", Key::sha256},
                                                  {"requires-python", Key::requires_python},
                                                  {"size", Key::size},
                                                  {"upload-time", Key::upload_time},
                                                  {"yanked", Key::yanked},
                                                  {"core-metadata", Key::core_metadata},
                                                  {"dist-info-metadata", Key::dist_info_metadata},
                                                  {"data-dist-info-metadata", Key::dist_info_metadata},
                                                  {"files", Key::files},
                                                  {"meta", Key::meta},
                                                  {"api-version", Key::api_version}}};
  for (const auto& name : names) {
    if (name.text == text) return name.key;
  }
  return Key::other;
}

// Depth 1 is the page, 2 `meta` or the array `files`, 3 a file, 4 its `hashes` or metadata sidecars.
class JsonReader final : public nlohmann::json_sax<json> {
 public:
  explicit JsonReader(std::string_view url) : base_(url) {}

  std::optional<SimplePage> result() {
    if (!known_version_ || !has_files_) return std::nullopt;
    return std::move(page_);
  }

  bool start_object(std::size_t) override {
    if (!open('{')) return false;
    if (is_file(3)) {
      file_ = SimpleFile{};
      url_.clear();
      core_ = dist_info_ = Sidecar{};
    } else if (is_file(4)) {
      // A table of hashes, even one without sha256, says that the sidecar is there.
      if (auto* each = sidecar(keys_[3])) *each = {true, true, {}};
    }
    return true;
  }
  bool end_object() override {
    if (is_file(3)) finish();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    if (!open('[')) return false;
    if (depth_ == 2 && kinds_[1] == '{' && keys_[1] == Key::files) has_files_ = true;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(std::string& name) override {
    if (depth_ < keys_.size()) keys_[depth_] = key_of(name);
    return true;
  }
  bool string(std::string& text) override {
    if (depth_ == 2 && kinds_[2] == '{' && keys_[1] == Key::meta && keys_[2] == Key::api_version) {
      known_version_ = is_known_repository_version(text);
      return known_version_;
    }
    if (is_file(3)) {
      file_text(text);
    } else if (is_file(4) && keys_[4] == Key::sha256) {
      if (keys_[3] == Key::hashes) file_.sha256 = Sha256::parse(text);
      if (auto* each = sidecar(keys_[3])) each->sha256 = Sha256::parse(text);
    }
    return true;
  }
  bool boolean(bool value) override {
    if (!is_file(3)) return true;
    if (keys_[3] == Key::yanked) {
      file_.yanked = value ? std::optional<std::string>("") : std::nullopt;
    } else if (auto* each = sidecar(keys_[3])) {
      *each = {true, value, {}};
    }
    return true;
  }
  bool number_unsigned(std::uint64_t value) override {
    if (is_file(3) && keys_[3] == Key::size) file_.size = value;
    return true;
  }
  bool null() override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool binary(json::binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  static constexpr std::size_t deepest = 64;
  struct Sidecar {
    bool said = false;
    bool there = false;
    std::optional<Sha256> sha256;
  };

  bool open(char kind) {
    if (depth_ == deepest || (depth_ == 0 && kind != '{')) return false;
    kinds_[++depth_] = kind;
    return true;
  }
  // Whether we stand directly inside an object at `depth` that is a file (3) or an object of a file (4).
  [[nodiscard]] bool is_file(std::size_t depth) const {
    return depth_ == depth && kinds_[depth] == '{' && kinds_[2] == '[' && keys_[1] == Key::files &&
           kinds_[3] == '{';
  }
  Sidecar* sidecar(Key key) {
    return key == Key::core_metadata ? &core_ : key == Key::dist_info_metadata ? &dist_info_ : nullptr;
  }
  void file_text(std::string& text) {
    switch (keys_[3]) {
      case Key::filename: file_.filename = std::move(text); break;
      case Key::url: url_ = std::move(text); break;
      case Key::requires_python: {
        auto value = as_utf8(trim(text));
        if (!value.empty()) file_.requires_python = std::move(value);
        break;
      }
      case Key::yanked:
        if (!text.empty()) file_.yanked = as_utf8(text);
        break;
      case Key::upload_time: file_.upload_time = parse_upload_time(text); break;
      default: break;
    }
  }
  void finish() {
    if (!is_usable_filename(file_.filename) || url_.empty() || !set_url(file_, base_, trim(url_))) return;
    const Sidecar& said = core_.said ? core_ : dist_info_;  // PEP 714: the new name wins
    file_.core_metadata = said.there;
    file_.core_metadata_sha256 = said.sha256;
    page_.files.push_back(std::move(file_));
  }

  std::string_view base_;
  std::size_t depth_ = 0;
  std::array<char, deepest + 1> kinds_{};
  std::array<Key, 5> keys_{};  // by depth: the key we stand at
  bool known_version_ = true;
  bool has_files_ = false;
  SimpleFile file_;
  std::string url_;
  Sidecar core_;
  Sidecar dist_info_;
  SimplePage page_;
};

}  // namespace

std::optional<SimplePage> parse_simple_json(std::string_view text, std::string_view url) {
  if (text.size() > largest_page) return std::nullopt;
  JsonReader reader(url);
  if (!json::sax_parse(text.begin(), text.end(), &reader)) return std::nullopt;
  return reader.result();
}

}  // namespace mlrepro::python
