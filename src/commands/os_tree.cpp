#include "commands/os_tree.hpp"

#include <optional>

#include "adapters/sandbox/user_namespace.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "commands/locked_files.hpp"
#include "services/image/build_folder.hpp"
#include "services/image/image_builder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;

std::string host_architecture() {
#if defined(__aarch64__)
  return "arm64";
#else
  return "amd64";
#endif
}

namespace {

Lockfile alone(const OsSection& os) {
  Lockfile lock;
  lock.os = os;
  return lock;
}

fs::path note_of(const fs::path& images, const Lockfile& lock) {
  return images / (".os-" + lock.id().hex());
}

// Where the note leads to a complete image: its root.
std::optional<fs::path> noted(const fs::path& images, const fs::path& note) {
  std::error_code ignored;
  if (!fs::is_regular_file(note, ignored)) return std::nullopt;
  const auto digest = Sha256::parse(trim(read_file(note, 4096)));
  if (!digest || !is_complete_image(images / digest->hex())) return std::nullopt;
  return images / digest->hex() / "rootfs";
}

}  // namespace

bool is_realised(const Invocation& invocation, const OsSection& os) {
  const fs::path images = invocation.images_path();
  return noted(images, note_of(images, alone(os))).has_value();
}

fs::path realised_os(const Invocation& invocation, const Manifest& manifest, const OsSection& os,
                     HttpClient& client, const BlobStore& store) {
  enter_user_namespace();
  const Lockfile lock = alone(os);
  const fs::path images = invocation.images_path();
  const fs::path note = note_of(images, lock);
  if (auto root = noted(images, note)) return std::move(*root);
  fetch_locked_files(invocation, manifest, lock, client, store);
  BuildRequest request;
  request.lock = &lock;
  request.store = &store;
  request.images = images;
  invocation.progress->note("preparing the operating system, in which sources are built");
  const RealisedImage image = build_image(request, *invocation.progress);
  write_file_atomically(note, image.section.digest.hex() + "\n");
  return image.rootfs;
}

}  // namespace mlrepro
