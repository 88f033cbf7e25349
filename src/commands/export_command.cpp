#include "commands/export_command.hpp"

#include <filesystem>
#include <set>

#include "adapters/net/http_client.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "commands/direct_sources.hpp"
#include "commands/network.hpp"
#include "services/export/pylock.hpp"
#include "services/export/requirements_txt.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

struct Source {
  const Invocation& invocation;
  const Manifest& manifest;
  const std::vector<Lockfile>& targets;
  fs::path from;  // the folder it is written to, as the manifest's folder sees it
};

// What indexes have of all targets, each file once.
PythonSection files_of(const std::vector<Lockfile>& targets) {
  PythonSection section;
  std::set<std::string> known;
  for (const auto& target : targets) {
    if (!target.python) continue;
    for (const auto& package : target.python->packages)
      if (!package.origin && known.insert(package.file.name).second) section.packages.push_back(package);
  }
  return section;
}

std::string pylock_of(const Source& source) {
  HttpClient client = open_network(source.invocation);
  const auto indexes = python_indexes(source.manifest.python.value_or(PythonConfig{}));
  return pylock_toml(source.targets,
                     locate_python_files(files_of(source.targets), indexes, client,
                                         *source.invocation.progress, find_links_of(source.manifest)),
                     source.from);
}

struct Kind {
  const char* name;
  std::string (*write)(const Source& source);
};

const Kind kinds[] = {
    {"requirements",
     [](const Source& source) { return requirements_txt(source.targets, source.manifest.folder); }},
    {"pylock", pylock_of},
};

fs::path folder_of_output(const Invocation& invocation, const Manifest& manifest,
                          const std::optional<fs::path>& output) {
  if (!output || *output == "-") return ".";
  const fs::path folder = fs::weakly_canonical((invocation.directory / *output).parent_path());
  return folder.lexically_relative(fs::weakly_canonical(manifest.folder));
}

}  // namespace

std::vector<std::string> export_kinds() {
  std::vector<std::string> names;
  for (const auto& kind : kinds)
    names.emplace_back(kind.name);
  return names;
}

int export_command(const Invocation& invocation, const ExportOptions& options) {
  const auto names = export_kinds();
  for (const auto& kind : kinds) {
    if (kind.name != options.kind) continue;
    const Manifest manifest = invocation.read_manifest();
    const auto targets = chosen_targets(read_lockfile(invocation.lockfile_path(manifest)), options.target);
    const std::string text =
        kind.write({invocation, manifest, targets, folder_of_output(invocation, manifest, options.output)});
    const bool to_file = options.output && *options.output != "-";
    if (to_file) {
      write_file_atomically(invocation.directory / *options.output, text);
      invocation.answer->line("wrote " + options.output->string(), Tone::good);
    } else {
      invocation.answer->line(trim(text));
    }
    Json document{{"kind", "export"}, {"version", 1}, {"format", options.kind}};
    if (to_file) {
      document["output"] = options.output->string();
    } else {
      document["content"] = text;
    }
    invocation.answer->document(document);
    return exit_done;
  }
  const auto near = nearest(options.kind, names);
  throw Error(ErrorKind::input, "unknown-format", "there is no export " + options.kind,
              near ? "did you mean " + *near + "?" : "known: " + join(names, ", "));
}

}  // namespace mlrepro
