#include "commands/os_tree.hpp"

#include "adapters/sandbox/user_namespace.hpp"
#include "commands/locked_files.hpp"
#include "services/image/image_builder.hpp"
#include "services/image/image_folder.hpp"
#include "services/image/kept_os.hpp"
#include "store/cache_names.hpp"

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

fs::path note_of(const fs::path& images, const Lockfile& lock) {
  return images / (std::string(cache_names::os_note_prefix) + lock.id().hex());
}

}  // namespace

bool is_realised(const Invocation& invocation, const OsSection& os) {
  const fs::path images = invocation.images_path();
  return noted_image(images, note_of(images, os_alone(os))).has_value();
}

fs::path realised_os(const Invocation& invocation, const Manifest& manifest, const OsSection& os,
                     HttpClient& client, const BlobStore& store) {
  enter_user_namespace();
  const Lockfile lock = os_alone(os);
  const fs::path images = invocation.images_path();
  const fs::path note = note_of(images, lock);
  if (const auto folder = noted_image(images, note)) return *folder / "rootfs";
  fetch_locked_files(invocation, manifest, lock, client, store);
  BuildRequest request;
  request.lock = &lock;
  request.store = &store;
  request.images = images;
  request.kept.emplace(invocation.kept_path(), store);
  invocation.progress->note("preparing the operating system, in which sources are built");
  const RealisedImage image = build_image(request, *invocation.progress);
  write_image_note(note, image.section.digest);
  return image.rootfs;
}

}  // namespace mlrepro
