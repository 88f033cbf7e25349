#include "store/arrival_claims.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace mlrepro {
namespace {

// Two digests with one place wait for each other in vain, which costs time and nothing else.
struct flock place_of(const Sha256& digest, short type) {
  std::uint64_t place = 0;
  for (std::size_t i = 0; i < 7; ++i)
    place = place << 8U | digest.bytes()[i];
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(place);
  range.l_len = 1;
  return range;
}

}  // namespace

ArrivalClaims::ArrivalClaims(const std::filesystem::path& store)
    : fd_(::open((store / "arriving").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {}

bool ArrivalClaims::claim(const Sha256& digest) const {
  struct flock range = place_of(digest, F_WRLCK);
  return !fd_.valid() || ::fcntl(fd_.get(), F_OFD_SETLK, &range) == 0 || (errno != EAGAIN && errno != EACCES);
}

void ArrivalClaims::release(const Sha256& digest) const {
  struct flock range = place_of(digest, F_UNLCK);
  if (fd_.valid()) (void)::fcntl(fd_.get(), F_OFD_SETLK, &range);
}

}  // namespace mlrepro
