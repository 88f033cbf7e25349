#include "adapters/yaml/yaml_document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t most_levels = 32;
constexpr std::size_t most_values = 100'000;

// What a plain scalar means (YAML 1.2.2, 10.3.2), floating numbers left as text.
Json plain_value(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  std::int64_t number = 0;
  const char* begin = text.data() + (text.front() == '+' ? 1 : 0);
  const char* end = text.data() + text.size();
  if (const auto read = std::from_chars(begin, end, number); read.ec == std::errc() && read.ptr == end)
    return number;
  return text;
}

// Builds the value from yaml-cpp's events, so that a document is judged while it is read.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& name) : name_(name) {}

  [[nodiscard]] Json take() { return std::move(result_); }

  [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& why) const {
    const std::string place =
        mark.is_null() ? "" : std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) + ": ";
    throw Error(ErrorKind::input, "bad-yaml", name_ + ":" + (place.empty() ? " " : place) + why);
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, nullptr); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "an alias is not read here"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    if (wants_key()) {
      if (anchor != 0) refuse(mark, "an anchor is not read here");
      levels_.back().key = value;
      return;
    }
    add(mark, anchor, tag == "?" || tag.empty() ? plain_value(value) : Json(value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    begin(mark, anchor, Json::array());
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    begin(mark, anchor, Json::object());
  }
  void OnMapEnd() override { end(); }

 private:
  struct Level {
    Json value;
    std::optional<std::string> key;
    YAML::Mark begun;
  };

  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "the tag " + tag + " is not read here");
  }

  [[nodiscard]] bool wants_key() const {
    return !levels_.empty() && levels_.back().value.is_object() && !levels_.back().key;
  }

  void count(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) refuse(mark, "an anchor is not read here");
    if (wants_key()) refuse(mark, "a key is no scalar");
    if (++values_ > most_values) refuse(mark, "more than " + std::to_string(most_values) + " values");
  }

  void begin(const YAML::Mark& mark, YAML::anchor_t anchor, Json value) {
    count(mark, anchor);
    if (levels_.size() == most_levels)
      refuse(mark, "nested more than " + std::to_string(most_levels) + " deep");
    levels_.push_back({std::move(value), std::nullopt, mark});
  }

  void end() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    put(level.begun, std::move(level.value));
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, Json value) {
    count(mark, anchor);
    put(mark, std::move(value));
  }

  void put(const YAML::Mark& mark, Json value) {
    if (levels_.empty()) {
      result_ = std::move(value);
      return;
    }
    Level& level = levels_.back();
    if (level.value.is_array()) {
      level.value.push_back(std::move(value));
      return;
    }
    const std::string key = std::exchange(level.key, std::nullopt).value_or("");
    // An ordered object looks a key up from its first to its last.
    if (level.value.size() == most_keys)
      refuse(mark, "a mapping of more than " + std::to_string(most_keys) + " keys");
    if (level.value.contains(key)) refuse(mark, "the key \"" + key + "\" is there twice");
    level.value[key] = std::move(value);
  }

  static constexpr std::size_t most_keys = 1000;

  const std::string& name_;
  std::vector<Level> levels_;
  Json result_;
  std::size_t values_ = 0;
};

}  // namespace

Json parse_yaml(std::string_view text, const std::string& name) {
  Builder builder(name);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return nullptr;
    Builder second(name);
    if (parser.HandleNextDocument(second))
      throw Error(ErrorKind::input, "bad-yaml", name + ": more than one document");
  } catch (const YAML::Exception& error) {
    builder.refuse(error.mark, "not YAML: " + error.msg);
  }
  return builder.take();
}

}  // namespace mlrepro
