#include "commands/export_command.hpp"

#include <functional>

#include "adapters/net/http_client.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "commands/direct_sources.hpp"
#include "services/export/pylock.hpp"
#include "services/export/requirements_txt.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {
namespace {

struct Source {
  const Invocation& invocation;
  const Manifest& manifest;
  const Lockfile& lock;
};

std::string pylock_of(const Source& source) {
  HttpClient client(source.invocation.offline, source.invocation.progress);
  const auto indexes = python_indexes(source.manifest.python.value_or(PythonConfig{}));
  auto section = source.lock.python.value_or(PythonSection{});
  std::erase_if(section.packages, [](const auto& package) { return package.origin.has_value(); });
  return pylock_toml(source.lock, locate_python_files(section, indexes, client, *source.invocation.progress,
                                                      find_links_of(source.manifest)));
}

struct Kind {
  const char* name;
  std::string (*write)(const Source& source);
};

const Kind kinds[] = {
    {"requirements", [](const Source& source) { return requirements_txt(source.lock); }},
    {"pylock", pylock_of},
};

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
    const Lockfile lock = read_target(invocation, manifest, options.target);
    const std::string text = kind.write({invocation, manifest, lock});
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
