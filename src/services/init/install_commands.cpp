#include "services/init/install_commands.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/text.hpp"
#include "services/init/requirements_source.hpp"
#include "standards/deb/relation.hpp"
#include "standards/shell/words.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

// "pip", "pip3", "pip3.11"; likewise for python.
bool is_versioned(std::string_view word, std::string_view name) {
  if (!word.starts_with(name)) return false;
  return word.substr(name.size()).find_first_not_of("0123456789.") == std::string_view::npos;
}

// Commands that leave nothing which a manifest would name.
bool is_silent(std::string_view name) {
  constexpr std::array names = {
      "rm",       "mkdir",   "chmod",    "chown",    "true",       "set",
      "echo",     "cd",      "export",   "useradd",  "groupadd",   "adduser",
      "addgroup", "usermod", "ldconfig", "test",     "[",          ":",
      "ls",       "find",    "ln",       "printf",   "locale-gen", "update-ca-certificates",
      "exit",     "cat",     "touch",    "apt-mark", "sleep",      "which",
      "uname",    "date"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Reader {
 public:
  Reader(Draft& draft, const docker::LogicalText& script, const docker::Variables& variables,
         const BuildContext& context)
      : draft_(draft), script_(script), variables_(variables), context_(context) {}

  void read() {
    const auto commands = shell::split_commands(script_.text());
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const bool to_pipe = commands[i].join == shell::Join::pipe && i + 1 < commands.size();
      command(commands[i], to_pipe ? &commands[i + 1] : nullptr);
    }
  }

 private:
  using Words = std::vector<shell::Word>;

  Origin at(std::size_t offset) const { return {context_.file, script_.at(offset).line}; }

  void command(const shell::Command& command, const shell::Command* piped) {
    Words words = command.words;
    drop_wrappers(words);
    if (words.empty()) return;
    const std::string name = base_name(words[0].text);
    const std::string_view verb = words.size() > 1 ? std::string_view(words[1].text) : std::string_view();
    if (piped != nullptr && !piped->words.empty() && is_one_of(name, {"curl", "wget"}) &&
        is_one_of(base_name(piped->words[0].text), {"sh", "bash", "python", "python3", "sudo"})) {
      return skip(command, "a script from the network is not locked");
    }
    if (is_one_of(name, {"apt", "apt-get", "aptitude"})) return apt(words);
    if (is_versioned(name, "pip")) return pip(words, 1);
    if (name == "uv" && verb == "pip") return pip(words, 2);
    if (is_versioned(name, "python") && words.size() > 3 && verb == "-m" && words[2].text == "pip")
      return pip(words, 3);
    if (is_one_of(name, {"conda", "mamba", "micromamba"}))
      return verb == "clean" ? void()
                             : skip(command, "conda's packages are not locked; name the wheels instead");
    if ((name == "poetry" && verb == "install") || (name == "uv" && verb == "sync"))
      return pyproject(command);
    if (is_one_of(name, {"sh", "bash"}) && verb == "-c")
      return;  // its script may do anything, its words tell none
    if (is_one_of(name, {"curl", "wget"}))
      return skip(command, "a download is not locked; keep the file beside the manifest");
    if (is_silent(name) || is_one_of(name, {"sh", "bash"}) || name == "for") return;
    skip(command, "this command is not carried over");
  }

  static void drop_wrappers(Words& words) {
    std::size_t first = 0;
    while (first < words.size() &&
           is_one_of(words[first].text, {"sudo", "env", "exec", "time", "nice", "command"})) {
      ++first;
      while (first < words.size() &&
             (words[first].text.starts_with('-') || words[first].text.find('=') != std::string::npos))
        ++first;
    }
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(first));
  }

  void skip(const shell::Command& command, const std::string& why) {
    const auto text = std::string_view(script_.text()).substr(command.begin, command.end - command.begin);
    draft_.note(std::string(text) + ": " + why, at(command.begin));
  }

  // The word with the Dockerfile's variables; absent where the file does not tell it.
  std::optional<std::string> value_of(const shell::Word& word) {
    if (word.literal) return word.text;
    if (word.text.find_first_of("`(*?[") != std::string::npos && word.text.find('$') == std::string::npos)
      return word.text.find('[') != std::string::npos ? std::optional(word.text) : std::nullopt;
    const auto expanded = docker::expand(word.text, '\\', variables_, budget_);
    if (!expanded.known || expanded.text.find('$') != std::string::npos) return std::nullopt;
    return expanded.text;
  }

  void unknown(const shell::Word& word) {
    draft_.note(word.text + ": the file does not tell what this is", at(word.begin));
  }

  void apt(const Words& words) {
    std::size_t verb = 1;
    bool recommends = true;
    std::vector<const shell::Word*> wanted;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string& text = words[i].text;
      if (is_one_of(text, {"-t", "--target-release", "-o", "--option", "-c"})) {
        ++i;
      } else if (text.starts_with('-')) {
        if (text == "--no-install-recommends" || text == "--without-recommends") recommends = false;
      } else if (wanted.empty() && verb == 1) {
        verb = i + 1;
        if (text != "install") return;
      } else {
        wanted.push_back(&words[i]);
      }
    }
    for (const auto* word : wanted)
      apt_package(*word);
    if (recommends && !wanted.empty() && !draft_.recommends) draft_.recommends = at(words[0].begin);
  }

  void apt_package(const shell::Word& word) {
    auto value = value_of(word);
    if (!value) return unknown(word);
    std::string name = *value;
    if (name.ends_with(".deb"))
      return draft_.note(name + ": a package file is not locked; its archive can be an [[os.index]]",
                         at(word.begin));
    if (const auto slash = name.find('/'); slash != std::string::npos) {
      draft_.note(name + ": the suite behind the slash is not carried over", at(word.begin));
      name.resize(slash);
    }
    if (name.ends_with('-') || name.empty()) return;
    const std::string bare = name.substr(0, name.find_first_of("=:"));
    if (!deb::is_package_name(bare) || name.find('*') != std::string::npos) return unknown(word);
    for (const auto& earlier : draft_.os_packages) {
      if (earlier.value == name) return;
    }
    draft_.os_packages.push_back({name, at(word.begin)});
  }

  static bool takes_value(std::string_view option) {
    return is_one_of(option, {"-i",
                              "--index-url",
                              "--extra-index-url",
                              "-f",
                              "--find-links",
                              "-t",
                              "--target",
                              "--python-version",
                              "--platform",
                              "--implementation",
                              "--abi",
                              "--root",
                              "--prefix",
                              "--src",
                              "--no-binary",
                              "--only-binary",
                              "--progress-bar",
                              "--cache-dir",
                              "--trusted-host",
                              "--timeout",
                              "--retries",
                              "--proxy",
                              "--cert",
                              "--client-cert",
                              "--log",
                              "--exists-action",
                              "--upgrade-strategy",
                              "--global-option",
                              "--build-option",
                              "--config-settings",
                              "-C",
                              "--report",
                              "--python",
                              "-p",
                              "--use-feature",
                              "--index-strategy",
                              "--torch-backend",
                              "--root-user-action",
                              "--default-index",
                              "--index",
                              "--keyring-provider"});
  }

  void pip(const Words& words, std::size_t first) {
    if (first >= words.size() || words[first].text != "install") return;
    for (std::size_t i = first + 1; i < words.size(); ++i) {
      const shell::Word& word = words[i];
      const auto value = value_of(word);
      if (!value) {
        unknown(word);
        continue;
      }
      const auto equals = value->starts_with("--") ? value->find('=') : std::string::npos;
      const std::string option = value->substr(0, equals);
      std::optional<std::string> argument;
      if (equals != std::string::npos) argument = value->substr(equals + 1);
      const bool file = is_one_of(option, {"-r", "--requirement", "-c", "--constraint", "-e", "--editable"});
      if ((file || takes_value(option)) && !argument) {
        if (++i >= words.size()) return;
        argument = value_of(words[i]).value_or("");
      }
      if (file || value->starts_with("-r") || value->starts_with("-c")) {
        if (!file) argument = value->substr(2);
        pip_file(option.substr(0, file && option.starts_with("--") ? 3 : 2), *argument, word);
      } else if (is_one_of(option,
                           {"-i", "--index-url", "--extra-index-url", "--index", "--default-index"})) {
        pip_index(*argument, word);
      } else if (!value->starts_with('-')) {
        pip_requirement(*value, word);
      }
    }
  }

  void pip_file(const std::string& option, const std::string& path, const shell::Word& word) {
    if (option == "-e" || option == "--e") return pip_requirement(path.empty() ? "." : path, word);
    const std::string source = context_.source_of(path);
    if (source.empty())
      return draft_.note("pip install " + option + " " + path + ": the file is not beside the Dockerfile",
                         at(word.begin));
    if (option == "-c" || option == "--c")
      return draft_.note("pip install -c " + path + ": list it under python.constraints", at(word.begin));
    draft_requirements_file(draft_, context_.folder / source, context_.shown(source));
  }

  void pip_index(const std::string& url, const shell::Word& word) {
    draft_.note("packages come from the index " + url + ": add it as [[python.index]] with a name",
                at(word.begin));
  }

  void pip_requirement(const std::string& text, const shell::Word& word) {
    if (text == "." || text.starts_with(".[") || text == "./") {
      const std::string source = context_.source_of("pyproject.toml");
      if (!source.empty() && !draft_.pyproject) {
        draft_.pyproject = DraftEntry{context_.shown(source), at(word.begin)};
        if (text.starts_with(".["))
          draft_.note("pip install " + text + ": name these extras in python.extras", at(word.begin));
        return;
      }
    }
    // mlrepro unpacks wheels itself: a newer pip is of no use to it.
    if (text == "pip" || text.starts_with("pip=") || text.starts_with("pip>")) return;
    draft_requirement(draft_, text, at(word.begin));
  }

  void pyproject(const shell::Command& command) {
    const std::string source = context_.source_of("pyproject.toml");
    if (source.empty()) return skip(command, "pyproject.toml is not beside the Dockerfile");
    if (!draft_.pyproject) draft_.pyproject = DraftEntry{context_.shown(source), at(command.begin)};
  }

  Draft& draft_;
  const docker::LogicalText& script_;
  const docker::Variables& variables_;
  const BuildContext& context_;
  docker::Budget budget_{1U << 20};
};

}  // namespace

void draft_commands(Draft& draft, const docker::LogicalText& script, const docker::Variables& variables,
                    const BuildContext& context) {
  Reader(draft, script, variables, context).read();
}

}  // namespace mlrepro
