#include "services/image/kept_bytecode.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <set>

#include "adapters/archive/tar_reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/image/form_writer.hpp"
#include "services/image/wheel_installer.hpp"
#include "standards/python/bytecode.hpp"
#include "tree/disk_sink.hpp"
#include "tree/safe_folder.hpp"
#include "tree/tar_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kind = "bytecode";
// Counts up with every change of how sources are compiled.
constexpr std::string_view method = "1";
constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20;

std::vector<std::string> bytecode_paths(const std::vector<std::string>& sources, std::string_view minor) {
  std::vector<std::string> paths;
  paths.reserve(sources.size());
  for (const auto& source : sources)
    paths.push_back(python::bytecode_path(fs::path(source).relative_path().string(), minor));
  return paths;
}

}  // namespace

KeptBytecode::KeptBytecode(const KeptForms& forms, const Lockfile& lock, fs::path tree)
    : forms_(forms), minor_(python_series(lock.python->interpreter)), tree_(std::move(tree)) {
  const std::string name = "python" + minor_;
  // It may have brought the interpreter.
  if (lock.os->base) interpreter_ = lock.os->base->digest.hex() + "\n";
  for (const auto& package : lock.os->packages) {
    if (package.name.starts_with(name) || package.name.starts_with("lib" + name))
      interpreter_ += package.sha256.hex() + "\n";
  }
}

// A file that two wheels bring is compiled with one of them: which ones were compiled together counts.
Sha256 KeptBytecode::key_of(const PythonPackage& package, const std::vector<std::string>& sources) const {
  return sha256(std::string(method) + "\n" + interpreter_ + package.file.sha256.hex() + "\n" +
                join(sources, "\n"));
}

bool KeptBytecode::lay(const PythonPackage& package, const std::vector<std::string>& sources) const {
  const auto file = forms_.find(kind, key_of(package, sources));
  if (!file) return false;
  const auto paths = bytecode_paths(sources, minor_);
  const std::set<std::string_view> expected(paths.begin(), paths.end());
  const UniqueFd fd = open_file(*file, O_RDONLY);
  DiskSink sink(tree_);
  try {
    read_tar(read_from(fd.get(), file->string()), "kept bytecode",
             [&](const TreeEntry& entry, const Content& content) {
               if (entry.type != EntryType::file || !expected.contains(entry.path))
                 throw Error(ErrorKind::input, "bad-archive", "kept bytecode holds " + entry.path);
               sink.add(entry, content);
             });
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    return false;
  }
}

void KeptBytecode::keep(const PythonPackage& package,
                        const std::vector<std::string>& sources) const noexcept {
  try {
    FormWriter form(forms_);
    TarSink tar([&](std::string_view piece) { form.write(piece); });
    SafeFolder tree(tree_);
    for (const auto& path : bytecode_paths(sources, minor_)) {
      const auto info = tree.status(path);
      if (!info) continue;  // its source does not compile
      const auto bytes = tree.read(path, most_bytes);
      if (!bytes) return;
      TreeEntry entry;
      entry.path = path;
      entry.mode = info->st_mode & 07777U;
      entry.size = bytes->size();
      tar.add(entry, [&](const auto& piece) { piece(*bytes); });
    }
    tar.finish();
    form.keep(kind, key_of(package, sources));
  } catch (...) {
    // The tree cannot be read: the build itself will say so.
  }
}

}  // namespace mlrepro
