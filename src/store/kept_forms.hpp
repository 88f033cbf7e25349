// What was made of locked files at some cost and is the same however often it is made: what a package
// decompresses to, what sources compile to, what importing a package came to. Kept as blobs of the store, so
// that damage is seen; found by
//
//   CACHE/kept/KIND-<key, 64 digits>    the digest of the blob, 64 digits and a line feed
//
// where the key covers all that decides the form. Nothing depends on one being there.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "store/blob_store.hpp"

namespace mlrepro {

class KeptForms {
 public:
  // `store` must outlive it.
  KeptForms(std::filesystem::path folder, const BlobStore& store)
      : folder_(std::move(folder)), store_(&store) {}

  // The file, hashed just now.
  [[nodiscard]] std::optional<std::filesystem::path> find(std::string_view kind, const Sha256& key) const;

  [[nodiscard]] BlobStore::Writer writer() const { return store_->writer(); }
  void keep(std::string_view kind, const Sha256& key, BlobStore::Writer& written) const;

 private:
  [[nodiscard]] std::filesystem::path note(std::string_view kind, const Sha256& key) const;
  std::filesystem::path folder_;
  const BlobStore* store_;
};

}  // namespace mlrepro
