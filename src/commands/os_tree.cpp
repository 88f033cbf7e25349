#include "commands/os_tree.hpp"

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

fs::path realised_os(const Invocation& invocation, const Manifest& manifest, const OsSection& os,
                     HttpClient& client, const BlobStore& store) {
  enter_user_namespace();
  Lockfile lock;
  lock.os = os;
  const fs::path images = invocation.images_path();
  const fs::path note = images / (".os-" + lock.id().hex());
  std::error_code ignored;
  if (fs::is_regular_file(note, ignored)) {
    const auto digest = Sha256::parse(trim(read_file(note, 4096)));
    if (digest && is_complete_image(images / digest->hex())) return images / digest->hex() / "rootfs";
  }
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
