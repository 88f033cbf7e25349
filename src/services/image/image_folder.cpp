#include "services/image/image_folder.hpp"

#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "store/cache_entries.hpp"
#include "store/cache_names.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_json = std::uint64_t{16} << 20;

std::optional<ImageDocuments> read_manifest(const fs::path& folder, const Sha256& digest) {
  const fs::path file = folder / "manifest.json";
  ImageDocuments documents;
  documents.manifest_text = read_file(file, most_json);
  if (sha256(documents.manifest_text) != digest) return std::nullopt;
  documents.manifest = oci::parse_manifest(documents.manifest_text, file.string());
  return documents;
}

}  // namespace

bool is_complete_image(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / cache_names::complete, ignored);
}

std::optional<oci::Manifest> read_image_manifest(const fs::path& folder, const Sha256& digest) {
  auto documents = read_manifest(folder, digest);
  if (!documents) return std::nullopt;
  return std::move(documents->manifest);
}

std::optional<ImageDocuments> read_image_documents(const fs::path& folder, const Sha256& digest) {
  auto documents = read_manifest(folder, digest);
  if (documents) documents->config_text = read_file(folder / "config.json", most_json);
  return documents;
}

std::optional<fs::path> noted_image(const fs::path& images, const fs::path& note) {
  const auto digest = noted_digest(note);
  if (!digest || !is_complete_image(images / digest->hex())) return std::nullopt;
  return images / digest->hex();
}

void write_image_note(const fs::path& note, const Sha256& image) {
  write_file_atomically(note, image.hex() + "\n");
}

}  // namespace mlrepro
