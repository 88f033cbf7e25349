// A realised image that comes as its layers, from a bundle: unpacked beside those built here, and taken for
// an image once all of it is what its manifest says.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "codec/digest.hpp"
#include "services/image/build_folder.hpp"
#include "services/image/image_layers.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {

class ImageImport {
 public:
  // `owners`: whether files can be given to other users here. Where not, who owns them is kept beside the
  // tree (tree_owners.hpp).
  ImageImport(const std::filesystem::path& images, const Sha256& digest, bool owners)
      : digest_(digest), folder_(images), owners_(owners) {}

  // "manifest.json", "config.json", "os.tar", or the name of a part of the tree (image_layers.hpp); each
  // once.
  void take(const std::string& name, std::uint64_t size, const Content& content);
  // Unpacks and checks all. Throws Error(input, "bad-image") naming what does not fit; then nothing stays.
  void commit(Progress& progress);

 private:
  [[noreturn]] void refuse(const std::string& why) const;
  void check_files(const oci::Manifest& manifest, const std::vector<TreePart>& parts) const;
  void unpack(const std::vector<TreePart>& parts, Progress& progress);
  Sha256 digest_;
  BuildFolder folder_;
  bool owners_;
  std::string manifest_;
  std::string config_;
  std::set<std::string> files_;
};

}  // namespace mlrepro
