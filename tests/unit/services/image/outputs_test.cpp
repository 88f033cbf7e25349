#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/image/image_builder.hpp"
#include "services/image/layers.hpp"
#include "standards/oci/image_manifest.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {
namespace fs = std::filesystem;
using testing::read_bytes;
using testing::write_bytes;

// An image as the builder leaves it, of a tree with two files.
class Outputs : public ::testing::Test {
 protected:
  Outputs() {
    lock_.os.emplace();
    lock_.os->architecture = "amd64";
    const fs::path tree = temporary_.path() / "made/rootfs";
    write_bytes(tree / "usr/bin/x", "x");
    write_bytes(tree / "opt/env/bin/y", "y");
    const std::string id = lock_.id().tagged();
    oci::Configuration configuration;
    configuration.architecture = "amd64";
    oci::Manifest manifest;
    manifest.annotations["org.mlrepro.lock-id"] = id;
    image_.section.canonicalisation = 1;
    for (const auto& layer : hash_layers(tree, {LayerKind::os, LayerKind::python}, progress_)) {
      manifest.layers.push_back({std::string(oci::layer_type), layer.digest, layer.size});
      configuration.diff_ids.push_back(layer.digest);
      image_.section.diff_ids.push_back(layer.digest);
    }
    const std::string config = oci::render(configuration);
    image_.section.config_digest = sha256(config);
    manifest.config = {std::string(oci::config_type), image_.section.config_digest, config.size()};
    const std::string text = oci::render(manifest);
    image_.section.digest = sha256(text);
    image_.folder = images_ / image_.section.digest.hex();
    image_.rootfs = image_.folder / "rootfs";
    fs::create_directories(images_);
    fs::rename(temporary_.path() / "made", image_.folder);
    write_bytes(image_.folder / "config.json", config);
    write_bytes(image_.folder / "manifest.json", text);
    write_bytes(image_.folder / "complete", "");
    lock_.image = image_.section;
  }
  std::string code_of(const std::string& kind, const fs::path& path) {
    try {
      write_output(image_, store_, kind, path, progress_);
    } catch (const Error& error) {
      return error.code();
    }
    return "nothing thrown";
  }

  TemporaryDirectory temporary_{fs::temp_directory_path(), "outputs"};
  fs::path images_ = temporary_.path() / "images";
  fs::path out_ = temporary_.path() / "out";
  TemporaryDirectory blobs_{fs::temp_directory_path(), "blobs"};
  BlobStore store_{blobs_.path()};
  NoProgress progress_;
  Lockfile lock_;
  RealisedImage image_;
};

TEST_F(Outputs, ALayoutHoldsEveryBlobUnderItsDigest) {
  write_output(image_, store_, "oci", out_, progress_);
  EXPECT_EQ(read_bytes(out_ / "oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
  std::size_t blobs = 0;
  for (const auto& blob : fs::directory_iterator(out_ / "blobs/sha256")) {
    EXPECT_EQ(sha256_file(blob.path()).hex(), blob.path().filename().string());
    ++blobs;
  }
  EXPECT_EQ(blobs, 4U);
  const Json index = parse_json(read_bytes(out_ / "index.json"), "index.json");
  EXPECT_EQ(index["manifests"][0]["digest"], image_.section.digest.tagged());
}

TEST_F(Outputs, ArchivesAreTheSameBytesEachTime) {
  for (const std::string kind : {"oci-archive", "docker-archive"}) {
    write_output(image_, store_, kind, out_, progress_);
    const std::string first = read_bytes(out_);
    EXPECT_FALSE(first.empty());
    write_output(image_, store_, kind, out_, progress_);
    EXPECT_EQ(first, read_bytes(out_)) << kind;
  }
}

TEST_F(Outputs, OverwriteNoFolder) {
  write_bytes(out_ / "precious", "x");
  EXPECT_EQ(code_of("oci", out_), "output-exists");
  EXPECT_EQ(code_of("rootfs", out_), "output-exists");
  EXPECT_EQ(read_bytes(out_ / "precious"), "x");
}

TEST_F(Outputs, RefuseATreeThatWasChanged) {
  write_bytes(image_.rootfs / "usr/bin/x", "changed");
  EXPECT_EQ(code_of("oci", out_), "image-damaged");
  EXPECT_EQ(code_of("oci-archive", out_), "image-damaged");
  EXPECT_FALSE(fs::exists(out_));
  for (const auto& entry : fs::directory_iterator(temporary_.path()))
    EXPECT_EQ(entry.path(), images_);
}

TEST_F(Outputs, RefuseAKindThatIsUnknown) {
  EXPECT_EQ(code_of("zip", out_), "unknown-output");
}

TEST_F(Outputs, AnImageIsFoundByTheLockItWasBuiltFrom) {
  const auto found = find_image(lock_, images_);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->rootfs, image_.rootfs);
  EXPECT_TRUE(found->reused);
  Lockfile edited = lock_;
  edited.os->suite = "edited";
  EXPECT_FALSE(find_image(edited, images_).has_value());
  write_bytes(image_.folder / "manifest.json", "{}");
  EXPECT_FALSE(find_image(lock_, images_).has_value());
}

TEST_F(Outputs, AnImageWithoutItsMarkIsNone) {
  fs::remove(image_.folder / "complete");
  EXPECT_FALSE(find_image(lock_, images_).has_value());
}

}  // namespace
}  // namespace mlrepro
