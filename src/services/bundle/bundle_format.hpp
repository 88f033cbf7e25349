// A bundle: one file that holds all that is needed to build, run and verify a project without network.
//
// It is a tar as codec/tar_writer.hpp writes it, of plain files alone, 0644, 0:0, at time 0:
//
//   bundle.json              canonical JSON (RFC 8785): what follows, each with size and SHA-256, by path
//   blobs/<64 digits>        what the lock names by that SHA-256
//   image/<64 digits>/manifest.json, config.json, layer-N     of a realised image; of one over a base "tree" and
//                            os.tar in place of layers, of which the base's are among the blobs
//   project/PATH             manifest, lock and the files that the manifest reads, below the project's folder
//   records/<32 digits>.json run records as `runs show --json` prints them
//
// There is one way to write a bundle down: a reader refuses every byte that the writer would not have
// written, so that a flipped one is found wherever it lies.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/archive/tar_reader.hpp"
#include "codec/digest.hpp"
#include "codec/tar_writer.hpp"

namespace mlrepro {

inline constexpr std::string_view bundle_index_name = "bundle.json";

struct BundleMember {
  std::string path;
  std::uint64_t size = 0;
  Sha256 sha256;
};

struct BundleIndex {
  std::string lock_id;                // "sha256:..."
  std::vector<BundleMember> members;  // by path, each once
};

[[nodiscard]] std::string render_bundle_index(const BundleIndex& index);
// Throws Error(input, "bad-bundle"): not canonical, a newer version, members that are not sorted or lie in no
// place of the list above.
[[nodiscard]] BundleIndex parse_bundle_index(std::string_view text);

// A member's bytes, to be given whole to the callback.
using BundleContent =
    std::function<void(const BundleMember& member, const std::function<void(std::string_view)>&)>;

// The tar. Throws Error(input, "bundle-changed") where `content` gives other bytes than the index says.
void write_bundle(const BundleIndex& index, const BundleContent& content, const TarWriter::Out& out);

// Reads the stream to its end. `begin` gets the index; then `member` each member in its order. What was taken
// of one counts once the next call, or the return, shows that it was right. Throws Error(input, "bad-bundle")
// with the member's name for whatever is not as it should be; what the callbacks throw comes through.
void read_bundle(const ReadNext& read, const std::string& name,
                 const std::function<void(const BundleIndex&)>& begin,
                 const std::function<void(const BundleMember&, const Content&)>& member);

}  // namespace mlrepro
