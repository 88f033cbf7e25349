#include "cli/completion.hpp"

#include <vector>

namespace mlrepro {
namespace {

struct Words {
  std::string command;  // "" for mlrepro itself
  std::string description;
  std::vector<std::string> options;
  std::vector<std::string> commands;
};

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames())
      names.push_back("--" + name);
  }
  return names;
}

std::vector<Words> words_of(const CLI::App& app) {
  const auto every = [](const CLI::App*) { return true; };
  std::vector<Words> all{{"", "", options_of(app), {}}};
  for (const auto* command : app.get_subcommands(every)) {
    all[0].commands.push_back(command->get_name());
    Words words{command->get_name(), command->get_description(), options_of(*command), {}};
    for (const auto* below : command->get_subcommands(every))
      words.commands.push_back(below->get_name());
    all.push_back(std::move(words));
  }
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string quoted(const std::string& text) {
  std::string safe = "'";
  for (const char c : text)
    safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return safe + "'";
}

std::string bash_function(const std::vector<Words>& all) {
  std::string text =
      "_mlrepro() {\n"
      "  local word command='' words\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$word\" in -*) ;; *) command=\"$word\"; break ;; esac\n"
      "  done\n"
      "  case \"$command\" in\n";
  for (const auto& words : all) {
    if (words.command.empty()) continue;
    text += "    " + words.command +
            ") words=" + quoted(joined(words.commands) + " " + joined(words.options)) + " ;;\n";
  }
  text += "    *) words=" + quoted(joined(all[0].commands) + " " + joined(all[0].options)) + " ;;\n  esac\n";
  text += "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n";
  return text;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  const auto all = words_of(app);
  if (shell == "bash") return bash_function(all) + "complete -o default -F _mlrepro mlrepro\n";
  if (shell == "zsh") {
    return "#compdef mlrepro\nautoload -U +X bashcompinit && bashcompinit\n" + bash_function(all) +
           "complete -o default -F _mlrepro mlrepro\n";
  }
  std::string text = "complete -c mlrepro -f\n";
  for (const auto& words : all) {
    const std::string when =
        words.command.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + words.command;
    if (!words.command.empty()) {
      text += "complete -c mlrepro -n __fish_use_subcommand -a " + words.command + " -d " +
              quoted(words.description) + "\n";
    }
    for (const auto& below : words.command.empty() ? std::vector<std::string>{} : words.commands) {
      text += "complete -c mlrepro -n " + quoted(when) + " -a " + below + "\n";
    }
    for (const auto& option : words.options) {
      text += "complete -c mlrepro -n " + quoted(when) + " -l " + option.substr(2) + "\n";
    }
  }
  return text;
}

}  // namespace mlrepro
