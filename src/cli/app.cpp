#include "cli/app.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands_table.hpp"
#include "cli/completion.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr const char* version_text = "mlrepro 0.1.0";

void declare_globals(CLI::App& app, GlobalOptions& global) {
  const std::map<std::string, ColorMode> colors{
      {"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}};
  const std::map<std::string, ProgressMode> modes{
      {"auto", ProgressMode::automatic}, {"plain", ProgressMode::plain}, {"none", ProgressMode::none}};
  app.add_option("-C", global.directory, "Work as if started in DIR")->type_name("DIR");
  app.add_option("--manifest", global.manifest, "The manifest (default: mlrepro.toml here or above)")
      ->type_name("FILE");
  app.add_option("--lockfile", global.lockfile, "The lock (default: mlrepro.lock beside the manifest)")
      ->type_name("FILE");
  app.add_option("--cache-dir", global.cache_dir,
                 "Cache and store (default: $MLREPRO_CACHE_DIR, ~/.cache/mlrepro)")
      ->type_name("DIR");
  app.add_flag("--offline", global.offline, "Use no network");
  app.add_option("--color", global.terminal.color, "Colour: auto, always or never")
      ->transform(CLI::CheckedTransformer(colors).description(""))
      ->type_name("WHEN");
  app.add_option("--progress", global.terminal.progress, "Progress on standard error: auto, plain or none")
      ->transform(CLI::CheckedTransformer(modes).description(""))
      ->type_name("HOW");
  app.add_flag("-q,--quiet", global.terminal.quiet, "Say less");
  app.add_flag("-v,--verbose", global.terminal.verbose, "Say more");
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    for (const auto* option : level->get_options()) {
      for (const auto& name : option->get_lnames())
        names.push_back("--" + name);
      for (const auto& name : option->get_snames())
        names.push_back("-" + name);
    }
  }
  return names;
}

const CLI::App& deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest(*chosen.back());
}

[[noreturn]] void refuse_extra(const CLI::App& app, const std::string& word) {
  const CLI::App& at = deepest(app);
  const std::string spoken = word.substr(0, word.find('='));
  std::vector<std::string> candidates;
  std::string what;
  if (spoken.starts_with('-')) {
    what = "option";
    candidates = option_names(at);
  } else {
    const auto below = at.get_subcommands([](const CLI::App*) { return true; });
    what = below.empty() ? "argument" : "command";
    for (const auto* command : below)
      candidates.push_back(command->get_name());
  }
  const auto near = nearest(spoken, candidates);
  const std::string of = at.get_parent() == nullptr ? "" : " of mlrepro " + at.get_name();
  throw Error(ErrorKind::input, "usage", "unknown " + what + " " + spoken + of,
              near ? "did you mean " + *near + "?"
                   : "mlrepro " + (at.get_parent() == nullptr ? "" : at.get_name() + " ") +
                         "--help lists what there is");
}

// docker's rule: what stands after `--`, or from the first word that is no option on, is the command to run.
std::vector<std::string> command_words(const CLI::App& run, const std::vector<std::string>& after_dashes) {
  std::vector<std::string> words = run.remaining();
  if (!words.empty() && words.front().starts_with('-')) refuse_extra(run, words.front());
  words.insert(words.end(), after_dashes.begin(), after_dashes.end());
  return words;
}

std::string overview(const CLI::App& app) {
  std::string text =
      "mlrepro makes machine-learning results repeatable: it locks what an environment is made of,\n"
      "builds the image from the lock, runs a training in it, and verifies later that all still holds.\n\n"
      "usage: mlrepro [OPTIONS] COMMAND [ARGUMENTS]\n\ncommands\n";
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    std::string name = "  " + command->get_name();
    name.resize(std::max<std::size_t>(name.size() + 1, 14), ' ');
    text += name + command->get_description() + "\n";
  }
  text += "\noptions of every command\n";
  for (const auto* option : app.get_options()) {
    std::string name = "  " + option->get_name(false, true);
    if (option->get_items_expected() > 0) name += " " + option->get_type_name();
    name.resize(std::max<std::size_t>(name.size() + 1, 24), ' ');
    text += name + option->get_description() + "\n";
  }
  text +=
      "\nmlrepro COMMAND --help and man mlrepro-COMMAND tell more. Exit status: 0 done or agrees, 1 the "
      "answer is\n"
      "no, 2 the input is wrong, 3 the surroundings failed.\n";
  return text;
}

// The text to print where help or the version is asked for.
std::optional<std::string> parse_words(CLI::App& app, std::vector<std::string> words) {
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes the last word first
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    const CLI::App& at = deepest(app);
    return &at == &app ? overview(app) : at.help("mlrepro");
  } catch (const CLI::CallForVersion&) {
    return std::string(version_text) + "\n";
  } catch (const CLI::ExtrasError&) {
    const auto extras = app.remaining(true);
    refuse_extra(app, extras.empty() ? "" : extras.front());
  } catch (const CLI::ParseError& error) {
    const CLI::App& at = deepest(app);
    throw Error(ErrorKind::input, "usage", error.what(),
                "mlrepro " + (&at == &app ? "" : at.get_name() + " ") + "--help shows the usage");
  }
  return &deepest(app) == &app ? std::optional(overview(app)) : std::nullopt;
}

}  // namespace

fs::path cache_folder(const GlobalOptions& global) {
  if (!global.cache_dir.empty()) return fs::absolute(global.cache_dir);
  if (const auto named = environment(env::cache_dir)) return fs::absolute(*named);
  if (const auto xdg = environment(env::xdg_cache_home)) return fs::path(*xdg) / "mlrepro";
  if (const auto home = environment(env::home)) return fs::path(*home) / ".cache" / "mlrepro";
  throw Error(ErrorKind::surroundings, "no-cache", "there is no place for the cache: HOME is not set",
              "name one with --cache-dir or MLREPRO_CACHE_DIR");
}

ParsedCommandLine parse_command_line(const std::vector<std::string>& arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> ours(arguments.begin(), dashes);
  const std::vector<std::string> after(dashes == arguments.end() ? dashes : dashes + 1, arguments.end());
  // Known from the start, so that an error in the options themselves is answered in the form asked for.
  ParsedCommandLine parsed;
  parsed.global.terminal.json = std::find(ours.begin(), ours.end(), "--json") != ours.end();

  CLI::App app("", "mlrepro");
  app.set_help_flag("-h,--help", "This text");
  app.set_version_flag("--version", version_text);
  app.require_subcommand(0, 1);
  app.fallthrough();
  declare_globals(app, parsed.global);
  app.get_formatter()->column_width(30);

  const auto actions = declare_commands(app, parsed.global.terminal.json);
  std::string shell;
  auto* completion = app.add_subcommand("completion", "Print a completion script for bash, zsh or fish");
  completion->add_option("SHELL", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));

  if (auto text = parse_words(app, std::move(ours))) {
    parsed.text = std::move(*text);
    return parsed;
  }
  const CLI::App& chosen = deepest(app);
  if (&chosen == completion) {
    parsed.text = completion_script(app, shell);
    return parsed;
  }
  for (const auto& entry : actions) {
    if (entry.app != &chosen) continue;
    parsed.command = entry.name;
    std::vector<std::string> words;
    if (entry.takes_command) {
      words = command_words(chosen, after);
    } else if (!after.empty()) {
      refuse_extra(app, after.front());
    }
    parsed.action = [action = entry.action, words](const Invocation& invocation) {
      return action(invocation, words);
    };
  }
  return parsed;
}

}  // namespace mlrepro
