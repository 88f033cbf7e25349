// A form that is kept for later builds, compressed while it is made.
#pragma once

#include <optional>
#include <string_view>

#include "adapters/archive/zstd_writer.hpp"
#include "store/kept_forms.hpp"

namespace mlrepro {

// What goes wrong costs time later, never this build: a full disk, a cache that is not ours to write to.
class FormWriter {
 public:
  explicit FormWriter(const KeptForms& kept);
  FormWriter(const FormWriter&) = delete;
  FormWriter& operator=(const FormWriter&) = delete;

  void write(std::string_view bytes);
  // What was written is whole. Without it nothing is kept.
  void keep(std::string_view kind, const Sha256& key);

 private:
  template <typename Work>
  void attempt(Work work);

  const KeptForms& kept_;
  std::optional<BlobStore::Writer> blob_;
  std::optional<ZstdWriter> compressor_;  // absent: it is given up
};

}  // namespace mlrepro
