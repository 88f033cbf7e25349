// The files of a package: its data.tar, from the package or from what it decompressed to when it was unpacked
// before. xz gives some 50 MB/s a core, zstd ten times that.
#pragma once

#include <cstdint>
#include <functional>

#include "adapters/archive/tar_reader.hpp"
#include "codec/digest.hpp"
#include "services/image/deb_file.hpp"
#include "store/kept_forms.hpp"

namespace mlrepro {

class DebData {
 public:
  using Take = std::function<void(const TreeEntry& entry, const Content& content)>;

  // `digest` is the package's; `kept` may be null. `passed` is told how many bytes of data.tar went by. All
  // must outlive it.
  DebData(const Deb& deb, const Sha256& digest, const KeptForms* kept,
          std::function<void(std::uint64_t)> passed);

  // As read_tar().
  void read(const Take& take) const;

 private:
  [[nodiscard]] bool read_kept(const Take& take) const;
  void read_and_keep(const Take& take) const;

  const Deb& deb_;
  const Sha256& digest_;
  const KeptForms* kept_;
  std::function<void(std::uint64_t)> passed_;
};

}  // namespace mlrepro
