#include "standards/docker/dockerfile.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/characters.hpp"
#include "base/text.hpp"
#include "standards/docker/environment.hpp"
#include "standards/docker/words.hpp"

namespace mlrepro::docker {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// The offset behind the last byte that is no white space, `from` at least.
std::size_t end_of(std::string_view text, std::size_t from) {
  std::size_t stop = text.size();
  while (stop > from && is_space(text[stop - 1]))
    --stop;
  return stop;
}

class Parser {
 public:
  explicit Parser(std::string_view source) : source_(source), lines_(source), budget_(8U << 20) {}

  Dockerfile parse() {
    result_.escape = lines_.escape();
    result_.directives = lines_.directives();
    while (auto line = lines_.next()) {
      const std::size_t begin = lines_.line_offset();
      Instruction instruction = read(std::move(*line), 0);
      std::string_view raw = source_.substr(begin, lines_.offset() - begin);
      instruction.raw = trim(raw);
      if (instruction.keyword == "FROM" && result_.stages.size() >= most_stages) {
        complain(instruction.range.begin, "there are more stages than " + std::to_string(most_stages));
        break;
      }
      settle(instruction);
      result_.instructions.push_back(std::move(instruction));
    }
    result_.problems.insert(result_.problems.end(), lines_.problems().begin(), lines_.problems().end());
    if (result_.stages.empty()) complain({1, 1}, "there is no FROM");
    std::stable_sort(result_.problems.begin(), result_.problems.end(),
                     [](const auto& a, const auto& b) { return a.position.line < b.position.line; });
    return std::move(result_);
  }

 private:
  void complain(Position position, std::string message) {
    if (result_.problems.size() < 1000) result_.problems.push_back({position, std::move(message)});
  }

  // `depth` is 1 for what stands behind ONBUILD.
  Instruction read(LogicalText line, int depth) {
    Instruction out;
    const std::string& text = line.text();
    std::size_t end = 0;
    while (end < text.size() && !is_space(text[end]))
      ++end;
    out.keyword = to_upper_ascii(std::string_view(text).substr(0, end));
    const std::size_t stop = end_of(text, end);
    out.range = line.range(0, stop);
    out.text = std::move(line);
    const FlagSlices flags = flags_in_front(out.text.text(), end, lines_.escape());
    out.arguments = flags.after;
    if (!is_dockerfile_keyword(out.keyword)) {
      complain(out.range.begin, "there is no instruction " + out.keyword.substr(0, 40));
    }
    if (!result_.stages.empty()) out.stage = result_.stages.size() - 1;
    if (out.keyword == "FROM" && depth == 0) out.stage = result_.stages.size();
    for (const auto& slice : flags.flags)
      out.flags.push_back(flag(out, slice));
    if (out.keyword == "ONBUILD") {
      onbuild(out, depth);
    } else {
      words(out);
      heredocs(out);
    }
    if (out.keyword == "ARG" && depth == 0) {
      // One after the other: a later one of the same line sees the earlier.
      for (auto& each : out.words)
        set_argument(out, each);
    }
    return out;
  }

  void onbuild(Instruction& out, int depth) {
    if (out.arguments >= out.text.text().size())
      return complain(out.range.begin, "ONBUILD has no instruction");
    if (depth > 0) return;  // refused by the outer one
    Instruction inner = read(out.text.from(out.arguments), 1);
    if (is_one_of(inner.keyword, {"ONBUILD", "FROM", "MAINTAINER"}))
      complain(inner.range.begin, "ONBUILD cannot trigger " + inner.keyword);
    out.range.end = inner.range.end;
    out.trigger.push_back(std::move(inner));
  }

  Word word(const Instruction& of, Slice slice, const Variables* variables) {
    Word out;
    out.raw = of.text.text().substr(slice.begin, slice.end - slice.begin);
    out.range = of.text.range(slice.begin, slice.end);
    if (variables == nullptr) {
      out.text = out.raw;
      out.literal = out.raw.find('$') == std::string::npos;
      return out;
    }
    Expanded value = expand(out.raw, lines_.escape(), *variables, budget_);
    out.text = std::move(value.text);
    out.known = value.known;
    out.literal = value.literal;
    return out;
  }

  [[nodiscard]] const Variables& variables_for(const Instruction& of) const {
    return of.keyword == "FROM" ? environment_.global() : environment_.here();
  }

  Flag flag(const Instruction& of, Slice slice) {
    const std::string_view text =
        std::string_view(of.text.text()).substr(slice.begin, slice.end - slice.begin);
    const auto equals = text.find('=');
    Flag out;
    out.name = to_lower(text.substr(2, equals == std::string_view::npos ? equals : equals - 2));
    out.range = of.text.range(slice.begin, slice.end);
    const std::size_t begin = equals == std::string_view::npos ? slice.end : slice.begin + equals + 1;
    out.value = word(of, {begin, slice.end}, &variables_for(of));
    return out;
  }

  void words(Instruction& out) {
    const std::string& text = out.text.text();
    const std::size_t from = out.arguments;
    const std::string_view keyword = out.keyword;
    if (is_one_of(keyword, {"RUN", "CMD", "ENTRYPOINT"})) return command(out, from);
    if (keyword == "HEALTHCHECK") return healthcheck(out);
    if (is_one_of(keyword, {"ENV", "LABEL", "ARG"})) return pairs(out);
    if (is_one_of(keyword, {"COPY", "ADD", "VOLUME", "SHELL"}) && json(out, from)) {
      if (keyword == "SHELL") return;
      for (auto& each : out.words) {
        Expanded value = expand(each.text, lines_.escape(), environment_.here(), budget_);
        each.text = std::move(value.text);
        each.known = value.known;
        each.literal = value.literal;
      }
      return;
    }
    if (keyword == "SHELL") complain(out.range.begin, "SHELL wants a JSON list");
    const Variables* variables = &variables_for(out);
    if (is_one_of(keyword, {"USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER"})) {
      const std::size_t stop = end_of(text, from);
      if (stop > from) out.words.push_back(word(out, {from, stop}, variables));
    } else {
      for (const auto& slice : plain_words(text, from))
        out.words.push_back(word(out, slice, variables));
    }
    if (out.words.empty()) complain(out.range.begin, out.keyword.substr(0, 40) + " has no arguments");
  }

  bool json(Instruction& out, std::size_t from) {
    const auto list = json_words(out.text.text(), from);
    if (!list) return false;
    out.exec_form = true;
    for (const auto& item : *list) {
      Word each = word(out, item.slice, nullptr);
      each.text = item.text;
      out.words.push_back(std::move(each));
    }
    return true;
  }

  void command(Instruction& out, std::size_t from) {
    if (!json(out, from)) {
      const std::string& text = out.text.text();
      const std::size_t stop = end_of(text, from);
      if (stop > from) out.words.push_back(word(out, {from, stop}, nullptr));
    }
    if (out.words.empty() && out.keyword == "RUN") complain(out.range.begin, "RUN has no command");
    name_variables(out, std::string_view(out.text.text()).substr(from));
  }

  void name_variables(Instruction& out, std::string_view text) {
    for (const auto& name : variables_in(text)) {
      const auto found = environment_.here().find(name);
      if (found == environment_.here().end() || out.variables.contains(name)) continue;
      const bool room = found->second && budget_.take(found->second->size());
      out.variables.emplace(name, room ? found->second : std::nullopt);
    }
  }

  void healthcheck(Instruction& out) {
    const auto slices = plain_words(out.text.text(), out.arguments);
    if (slices.empty()) return complain(out.range.begin, "HEALTHCHECK has neither CMD nor NONE");
    out.words.push_back(word(out, slices[0], nullptr));
    out.words[0].text = to_upper_ascii(out.words[0].text);
    if (slices.size() > 1) command(out, slices[1].begin);
  }

  // "NAME=value ..." or, for ENV and LABEL, the old "NAME the rest of the line".
  void pairs(Instruction& out) {
    const std::string& text = out.text.text();
    const auto slices = quoted_words(text, out.arguments, lines_.escape()).words;
    if (slices.empty()) return complain(out.range.begin, out.keyword + " has no arguments");
    const Variables& variables = environment_.here();
    const std::string_view first =
        std::string_view(text).substr(slices[0].begin, slices[0].end - slices[0].begin);
    if (out.keyword != "ARG" && first.find('=') == std::string_view::npos) {
      if (slices.size() < 2)
        return complain(out.range.begin,
                        out.keyword + " " + std::string(first.substr(0, 40)) + " has no value");
      const std::size_t stop = end_of(text, 0);
      Word value = word(out, {slices[1].begin, stop}, &variables);
      value.text = std::string(first) + "=" + value.text;
      value.raw = text.substr(slices[0].begin, stop - slices[0].begin);
      value.range = out.text.range(slices[0].begin, stop);
      out.words.push_back(std::move(value));
      return;
    }
    for (const auto& slice : slices) {
      out.words.push_back(word(out, slice, &variables));
      if (out.keyword != "ARG" && out.words.back().text.find('=') == std::string::npos)
        complain(out.words.back().range.begin, out.keyword + " wants NAME=value");
    }
  }

  void set_argument(const Instruction& of, Word& word) {
    if (!word.literal && of.words.size() > 1) {
      Expanded value = expand(word.raw, lines_.escape(), environment_.here(), budget_);
      word.text = std::move(value.text);
      word.known = value.known;
    }
    const auto equals = word.text.find('=');
    if (equals == std::string::npos) return environment_.declare_bare(word.text);
    environment_.declare(word.text.substr(0, equals),
                         word.known ? std::optional(word.text.substr(equals + 1)) : std::nullopt);
  }

  void heredocs(Instruction& out) {
    if (out.exec_form || !is_one_of(out.keyword, {"RUN", "COPY", "ADD"})) return;
    for (const auto& mark : heredocs_in(out.text.text(), out.arguments)) {
      Body body = lines_.read_body(mark.name, mark.strip_tabs);
      if (!body.terminated)
        complain(out.text.at(mark.slice.begin),
                 "the here-document " + mark.name.substr(0, 40) + " has no end");
      if (body.range.end.line > out.range.end.line) out.range.end = body.range.end;
      if (out.keyword == "RUN") name_variables(out, body.content.text());
      out.heredocs.push_back({mark.name, !mark.quoted, std::move(body.content), body.range});
    }
  }

  // What an instruction means for those behind it.
  void settle(const Instruction& instruction) {
    if (instruction.keyword == "FROM") return from(instruction);
    if (result_.stages.empty() && instruction.keyword != "ARG")
      return complain(instruction.range.begin,
                      instruction.keyword.substr(0, 40) + " stands before the first FROM");
    if (instruction.keyword != "ENV") return;
    for (const auto& word : instruction.words) {
      const auto equals = word.text.find('=');
      if (equals == std::string::npos) continue;
      environment_.set(word.text.substr(0, equals),
                       word.known ? std::optional(word.text.substr(equals + 1)) : std::nullopt);
    }
  }

  void from(const Instruction& instruction) {
    Stage stage;
    stage.instruction = result_.instructions.size();
    const auto& words = instruction.words;
    const bool named = words.size() == 3 && to_lower(words[1].text) == "as";
    if (words.size() > 1 && !named) complain(instruction.range.begin, "FROM wants IMAGE or IMAGE AS NAME");
    if (!words.empty()) {
      stage.base = words[0];
      // A number is an image here; it means a stage in COPY --from alone.
      const auto earlier = names_.find(to_lower(words[0].text));
      if (earlier != names_.end()) stage.parent = earlier->second;
    }
    if (named) stage.name = to_lower(words[2].text);
    if (const Flag* platform = instruction.flag("platform")) stage.platform = platform->value;
    environment_.begin_stage(stage.parent);
    if (!stage.name.empty()) names_[stage.name] = result_.stages.size();
    result_.stages.push_back(std::move(stage));
  }

  static constexpr std::size_t most_stages = 2000;
  std::string_view source_;
  LineReader lines_;
  Budget budget_;
  Environment environment_;
  std::map<std::string, std::size_t> names_;
  Dockerfile result_;
};

}  // namespace

Dockerfile parse_dockerfile(std::string_view text) {
  if (text.size() <= most_bytes && text.find('\0') == std::string_view::npos) return Parser(text).parse();
  Dockerfile none;
  none.problems.push_back(
      {{1, 1}, text.size() > most_bytes ? "it is larger than 1 MiB" : "it has a NUL byte: it is no text"});
  return none;
}

}  // namespace mlrepro::docker
