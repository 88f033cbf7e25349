#include "services/init/dockerfile_source.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/init/base_image.hpp"
#include "services/init/install_commands.hpp"
#include "standards/docker/dockerfile.hpp"
#include "standards/shell/words.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using docker::Instruction;

class Reader {
 public:
  Reader(Draft& draft, const docker::Dockerfile& file, const fs::path& path,
         const std::function<std::string(const fs::path&)>& shown_of)
      : draft_(draft), file_(file), shown_of_(shown_of) {
    context_.file = shown_of(path);
    context_.folder = path.parent_path();
    context_.source_of = [this](const std::string& wanted) { return source_of(wanted); };
    context_.shown = [this](const std::string& source) { return shown_of_(context_.folder / source); };
  }

  void read() {
    // From the stage that stands on an image to the last one.
    std::vector<std::size_t> chain;
    for (std::optional<std::size_t> at = file_.stages.size() - 1; at; at = file_.stages[*at].parent)
      chain.push_back(*at);
    std::reverse(chain.begin(), chain.end());
    base(file_.stages[chain.front()]);
    for (const std::size_t stage : chain) {
      for (std::size_t i = file_.stages[stage].instruction + 1; i < file_.instructions.size(); ++i) {
        if (file_.instructions[i].stage != stage) break;
        take(file_.instructions[i]);
      }
    }
    finish();
  }

 private:
  Origin at(const Instruction& instruction) const { return {context_.file, instruction.range.begin.line}; }

  void base(const docker::Stage& stage) {
    const Origin origin = at(file_.instructions[stage.instruction]);
    if (!stage.base.known)
      draft_.note("FROM " + stage.base.raw + ": the file does not tell what this is", origin);
    const BaseImage image = read_base_image(stage.base.text);
    if (!image.suite.empty()) draft_.suite = DraftEntry{image.suite, origin};
    if (image.python) draft_.python_version = DraftEntry{*image.python, origin};
    if (!image.note.empty()) draft_.note("FROM " + stage.base.text + ": " + image.note, origin);
  }

  void take(const Instruction& instruction) {
    const std::string& keyword = instruction.keyword;
    if (keyword == "RUN") {
      run(instruction);
    } else if (keyword == "COPY" || keyword == "ADD") {
      copy(instruction);
    } else if (keyword == "WORKDIR" && !instruction.words.empty()) {
      workdir_ = inside(instruction.words[0].text);
      draft_.workdir = DraftEntry{workdir_, at(instruction)};
    } else if (keyword == "ENV") {
      for (const auto& word : instruction.words)
        variable(word, at(instruction));
    } else if (keyword == "CMD") {
      command_ = instruction;
    } else if (keyword == "ENTRYPOINT") {
      entrypoint_ = instruction;
      command_.reset();  // as Docker does: a base's CMD is not of this entry point
    }
  }

  void run(const Instruction& instruction) {
    if (!instruction.exec_form)
      return draft_commands(draft_, instruction.script(), instruction.variables, context_);
    // ["sh", "-c", "script"] and ["pip", "install", "x"]: the words again as a shell would write them.
    const auto& words = instruction.words;
    docker::LogicalText script;
    if (words.size() == 3 && words[1].text.starts_with('-') && words[1].text.ends_with('c')) {
      script.append(words[2].text, words[2].range.begin);
    } else {
      for (const auto& word : words) {
        std::string quoted = "'";
        for (const char c : word.text)
          quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
        script.append(quoted + "' ", word.range.begin);
      }
    }
    draft_commands(draft_, script, instruction.variables, context_);
  }

  void variable(const docker::Word& word, const Origin& origin) {
    const auto equals = word.text.find('=');
    if (equals == std::string::npos || equals == 0) return;
    const std::string name = word.text.substr(0, equals);
    if (name == "DEBIAN_FRONTEND" || name.starts_with("PIP_") || name == "PATH") return;
    if (!word.known) return draft_.note("ENV " + word.raw + ": the file does not tell its value", origin);
    for (auto& [known, entry] : draft_.environment) {
      if (known == name) {
        entry = {word.text.substr(equals + 1), origin};
        return;
      }
    }
    draft_.environment.push_back({name, {word.text.substr(equals + 1), origin}});
  }

  // A path of the image from the folder that is current.
  std::string inside(const std::string& path) const {
    const std::string whole = path.starts_with('/') ? path : workdir_ + "/" + path;
    std::string normal = fs::path(whole).lexically_normal().string();
    if (normal.starts_with("//")) normal.erase(0, 1);
    while (normal.size() > 1 && normal.ends_with('/'))
      normal.pop_back();
    return normal;
  }

  static bool is_requirements(const std::string& name) {
    return name.ends_with(".txt") || name == "pyproject.toml" || name.ends_with(".lock");
  }

  void copy(const Instruction& instruction) {
    if (const auto* from = instruction.flag("from")) {
      return draft_.note(instruction.keyword + " --from=" + from->value.text +
                             ": what another image or stage makes is not carried over",
                         at(instruction));
    }
    if (instruction.words.size() < 2 || !instruction.heredocs.empty()) return;
    const std::string& target = instruction.words.back().text;
    const bool folder =
        target.ends_with('/') || target == "." || target == ".." || instruction.words.size() > 2;
    for (std::size_t i = 0; i + 1 < instruction.words.size(); ++i)
      copy_one(instruction, instruction.words[i].text, inside(target), folder);
  }

  void copy_one(const Instruction& instruction, const std::string& source, const std::string& target,
                bool folder) {
    if (source.find("://") != std::string::npos || source.starts_with("git@"))
      return draft_.note(instruction.keyword + " " + source +
                             ": an address is not locked; keep the file beside the manifest",
                         at(instruction));
    fs::path relative = fs::path(source).lexically_normal();
    if (relative.is_absolute()) relative = relative.relative_path();
    if (relative.empty()) relative = ".";
    if (!relative.has_filename() && relative.has_parent_path()) relative = relative.parent_path();
    std::error_code ignored;
    const bool pattern = source.find_first_of("*?[") != std::string::npos;
    if (pattern) {
      if (source.find(".txt") == std::string::npos && source.find(".toml") == std::string::npos)
        draft_.note(instruction.keyword + " " + source + ": name the files under run.mounts",
                    at(instruction));
      return;
    }
    if (*relative.begin() == ".." || !fs::exists(context_.folder / relative, ignored)) return;
    const bool tree = fs::is_directory(context_.folder / relative, ignored);
    const std::string name = relative.filename().string();
    const std::string at_path = !tree && folder ? (fs::path(target) / name).string() : target;
    copied_[at_path] = relative.string();
    if (at_path == "/" || (!tree && is_requirements(name))) return;
    for (const auto& [destination, earlier] : mounts_) {
      // A folder that is mounted already brings what lies in it.
      if (destination == at_path || (at_path.starts_with(destination + "/") && earlier == ".")) return;
    }
    mounts_.emplace_back(at_path, relative.string());
    draft_.mounts.push_back({context_.shown(relative.string()) + ":" + at_path, at(instruction)});
  }

  // The file of the context behind a path of the image.
  std::string source_of(const std::string& path) {
    const std::string image_path = inside(path);
    std::error_code ignored;
    if (const auto found = copied_.find(image_path); found != copied_.end()) return found->second;
    for (const auto& [destination, source] : copied_) {
      const std::string prefix = destination == "/" ? "/" : destination + "/";
      if (!image_path.starts_with(prefix)) continue;
      const fs::path candidate = (fs::path(source) / image_path.substr(prefix.size())).lexically_normal();
      if (fs::is_regular_file(context_.folder / candidate, ignored)) return candidate.string();
    }
    const std::string name = fs::path(path).filename().string();
    for (const fs::path& candidate : {fs::path(path).relative_path().lexically_normal(), fs::path(name)}) {
      if (!candidate.empty() && *candidate.begin() != ".." &&
          fs::is_regular_file(context_.folder / candidate, ignored))
        return candidate.string();
    }
    return {};
  }

  std::vector<std::string> words_of(const Instruction& instruction) const {
    std::vector<std::string> words;
    if (instruction.exec_form) {
      for (const auto& word : instruction.words)
        words.push_back(word.text);
      return words;
    }
    if (instruction.words.empty()) return words;
    const std::string& text = instruction.words[0].text;
    const auto commands = shell::split_commands(text);
    const bool plain = commands.size() == 1 && commands[0].assignments.empty() &&
                       commands[0].redirections.empty() &&
                       std::all_of(commands[0].words.begin(), commands[0].words.end(),
                                   [](const auto& word) { return word.literal; });
    if (!plain) return {"/bin/sh", "-c", text};
    for (const auto& word : commands[0].words)
      words.push_back(word.text);
    return words;
  }

  void finish() {
    const auto* first = entrypoint_ ? &*entrypoint_ : command_ ? &*command_ : nullptr;
    if (first == nullptr) return;
    DraftCommand command{words_of(*first), at(*first)};
    // With an ENTRYPOINT in shell form Docker ignores CMD.
    if (entrypoint_ && entrypoint_->exec_form && command_) {
      // An entry point is given a CMD in shell form as the shell that would run it.
      auto more = words_of(*command_);
      if (!command_->exec_form && !more.empty()) more = {"/bin/sh", "-c", command_->words[0].text};
      command.words.insert(command.words.end(), more.begin(), more.end());
    }
    if (command.words.empty() || command.words[0].empty()) return;
    std::string& program = command.words[0];
    const std::string name = program.substr(program.rfind('/') + 1);
    const bool any_python =
        name.starts_with("python") && name.find_first_not_of("0123456789.", 6) == std::string::npos;
    if (any_python && program != "/usr/bin/python3") program = "python3";  // the suite's own is named so
    draft_.command = std::move(command);
  }

  Draft& draft_;
  const docker::Dockerfile& file_;
  const std::function<std::string(const fs::path&)>& shown_of_;
  BuildContext context_;
  std::string workdir_ = "/";
  std::map<std::string, std::string> copied_;                // path of the image -> of the context
  std::vector<std::pair<std::string, std::string>> mounts_;  // the same, of what is mounted
  std::optional<Instruction> command_;
  std::optional<Instruction> entrypoint_;
};

}  // namespace

void draft_dockerfile(Draft& draft, const fs::path& path,
                      const std::function<std::string(const fs::path&)>& shown_of) {
  const docker::Dockerfile file = docker::parse_dockerfile(read_file(path, docker::most_bytes + 1));
  if (file.stages.empty()) {
    const auto& problem = file.problems.front();
    throw Error(
        ErrorKind::input, "bad-dockerfile",
        path.filename().string() + ":" + std::to_string(problem.position.line) + ": " + problem.message,
        "name a Dockerfile, a requirements.txt, a pyproject.toml, a pylock.toml or a folder");
  }
  Reader(draft, file, path, shown_of).read();
}

}  // namespace mlrepro
