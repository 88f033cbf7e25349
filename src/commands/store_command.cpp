#include "commands/store_command.hpp"

#include <map>
#include <optional>
#include <utility>

#include "adapters/sandbox/user_namespace.hpp"
#include "base/byte_size.hpp"
#include "base/error.hpp"
#include "services/image/image_check.hpp"
#include "services/image/tree_owners.hpp"
#include "store/blob_store.hpp"
#include "store/cache_use.hpp"
#include "store/garbage.hpp"

namespace mlrepro {
namespace {

std::string kind_name(GarbageKind kind) {
  switch (kind) {
    case GarbageKind::blob: return "blob";
    case GarbageKind::image: return "image";
    case GarbageKind::download: return "download";
    case GarbageKind::build: return "build";
    case GarbageKind::run: return "run";
    case GarbageKind::damaged: return "damaged";
    case GarbageKind::answer: return "answer";
    case GarbageKind::note: break;
  }
  return "note";
}

std::string words_for(GarbageKind kind) {
  switch (kind) {
    case GarbageKind::blob: return "blobs that no lock in use needs";
    case GarbageKind::image: return "images that no lock in use needs";
    case GarbageKind::download: return "downloads that were cut off";
    case GarbageKind::build: return "builds that were cut off";
    case GarbageKind::run: return "runs that were cut off";
    case GarbageKind::damaged: return "damaged files";
    case GarbageKind::answer: return "old answers of indexes and repositories";
    case GarbageKind::note: break;
  }
  return "notes of what is gone";
}

}  // namespace

int store_info_command(const Invocation& invocation) {
  const BlobStore store(invocation.store_path());
  const auto info = store.info();
  invocation.answer->line(std::to_string(info.blobs) + " blobs, " + readable_size(info.bytes) + " in " +
                          store.root().string());
  invocation.answer->document({{"kind", "store"},
                               {"version", 1},
                               {"path", store.root().string()},
                               {"blobs", info.blobs},
                               {"bytes", info.bytes}});
  return exit_done;
}

int store_check_command(const Invocation& invocation) {
  // What needs no tree is done all the same where trees of many users cannot be looked at.
  const MappedIds ids = try_user_namespace();
  const CacheUse use(invocation.cache);
  const BlobStore store(invocation.store_path());
  const auto info = store.info();
  const auto damaged = store.heal(*invocation.progress);
  Json blobs = Json::array();
  for (const auto& digest : damaged) {
    invocation.answer->line("damaged: " + digest.tagged(), Tone::bad);
    blobs.push_back(digest.tagged());
  }
  const std::filesystem::path images_path = invocation.images_path();
  const auto known = complete_images(images_path);
  Json images = Json::array();
  for (const auto& digest : known) {
    const auto damage = image_damage(
        images_path, digest, can_read_tree(images_path / digest.hex() / "rootfs", ids), *invocation.progress);
    if (!damage) continue;
    invocation.answer->line("damaged: image " + digest.tagged() + ": " + *damage, Tone::bad);
    images.push_back({{"digest", digest.tagged()}, {"detail", *damage}});
    discard_image(images_path, digest);
  }
  const bool whole = blobs.empty() && images.empty();
  if (whole) {
    invocation.answer->line(std::to_string(info.blobs) + " blobs and " + std::to_string(known.size()) +
                                " images checked, all as their names say",
                            Tone::good);
  } else {
    invocation.answer->line(
        "what was damaged is set aside: it is fetched or built again when it is needed next");
  }
  invocation.answer->document({{"kind", "store"},
                               {"version", 1},
                               {"path", store.root().string()},
                               {"blobs", info.blobs},
                               {"bytes", info.bytes},
                               {"damaged", blobs},
                               {"images", known.size()},
                               {"damaged_images", images}});
  return whole ? exit_done : exit_no;
}

int store_gc_command(const Invocation& invocation, const GcOptions& options) {
  (void)try_user_namespace();
  Answer& answer = *invocation.answer;
  constexpr double patience = 60;
  std::optional<CacheAlone> alone;
  if (!options.dry_run) alone.emplace(invocation.cache, patience, *invocation.progress);
  const UnixTime keep = UnixTime{options.keep_days} * 24 * 60 * 60;
  const auto search = find_garbage(invocation.cache, keep, *invocation.progress);
  const std::vector<Garbage> gone =
      options.dry_run ? search.found : remove_garbage(invocation.cache, search.found, *invocation.progress);
  std::map<GarbageKind, std::pair<std::uint64_t, std::uint64_t>> sums;  // how many, bytes
  std::uint64_t bytes = 0;
  Json removed = Json::array();
  for (const auto& each : gone) {
    ++sums[each.kind].first;
    sums[each.kind].second += each.bytes;
    bytes += each.bytes;
    removed.push_back({{"kind", kind_name(each.kind)}, {"name", each.what}, {"bytes", each.bytes}});
  }
  for (const auto& [kind, sum] : sums)
    answer.line(std::string(options.dry_run ? "would remove " : "removed ") + std::to_string(sum.first) +
                " " + words_for(kind) + ", " + readable_size(sum.second));
  const std::size_t left = search.found.size() - gone.size();
  if (left > 0) answer.line(std::to_string(left) + " things could not be removed", Tone::bad);
  answer.line(readable_size(bytes) + (options.dry_run ? " would be freed; " : " freed; ") +
                  std::to_string(search.locks) + " locks in use need " + std::to_string(search.needed_blobs) +
                  " blobs and " + std::to_string(search.needed_images) + " images",
              left > 0 ? Tone::plain : Tone::good);
  answer.document({{"kind", "store-gc"},
                   {"version", 1},
                   {"path", invocation.cache.string()},
                   {"dry_run", options.dry_run},
                   {"keep_days", options.keep_days},
                   {"locks", search.locks},
                   {"bytes", bytes},
                   {"freed", options.dry_run ? 0 : bytes},
                   {"removed", removed}});
  return left > 0 ? exit_surroundings : exit_done;
}

}  // namespace mlrepro
