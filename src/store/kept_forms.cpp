#include "store/kept_forms.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

#include "base/file.hpp"
#include "store/cache_entries.hpp"

namespace mlrepro {
namespace fs = std::filesystem;

fs::path KeptForms::note(std::string_view kind, const Sha256& key) const {
  return folder_ / (std::string(kind) + "-" + key.hex());
}

std::optional<fs::path> KeptForms::find(std::string_view kind, const Sha256& key) const {
  const fs::path file = note(kind, key);
  const auto digest = noted_digest(file);
  if (!digest) return std::nullopt;
  auto found = store_->find(*digest);
  // store gc goes by when it was used last.
  if (found) (void)::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);
  return found;
}

void KeptForms::keep(std::string_view kind, const Sha256& key, BlobStore::Writer& written) const {
  // Not by rename and fsync: half a note names no blob.
  const fs::path file = note(kind, key);
  make_directories(folder_);
  const std::string line = written.commit_unsynced().hex() + "\n";
  ::unlink(file.c_str());
  const UniqueFd fd = open_file(file, O_WRONLY | O_CREAT | O_EXCL);
  write_all(fd.get(), line, file.string());
}

}  // namespace mlrepro
