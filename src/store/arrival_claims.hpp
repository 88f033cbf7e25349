// Who fetches what: of several processes with one store each file is fetched by one, and the others wait for
// it.
//
//   STORE/arriving   byte ranges of it are locked (F_OFD_SETLK), one byte a digest: the kernel lets go of
//   them when
//                    the process ends, however it does
#pragma once

#include <filesystem>

#include "base/handle.hpp"
#include "codec/digest.hpp"

namespace mlrepro {

class ArrivalClaims {
 public:
  // Where the file system has no such locks, every claim is granted.
  explicit ArrivalClaims(const std::filesystem::path& store);

  // Whether it is ours now; not where another process has it.
  [[nodiscard]] bool claim(const Sha256& digest) const;
  void release(const Sha256& digest) const;

 private:
  UniqueFd fd_;
};

}  // namespace mlrepro
