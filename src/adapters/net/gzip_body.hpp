// A body with Content-Encoding: gzip (RFC 9110 8.4.1.3; RFC 1952), inflated as it comes.
//
// libcurl's own decoder takes the end of the body for the end of the stream: of a page that a proxy cut, with
// a Content-Length that agrees, it gives the first half and no error. Here a stream is whole or is none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace mlrepro {

class GzipBody {
 public:
  enum class Judgement {
    good,     // so far; whether it is all of it, whole() knows
    damaged,  // no gzip, or a checksum or length that does not fit, or something after the end
    stopped,  // `take` wants no more
  };

  GzipBody();
  GzipBody(GzipBody&&) noexcept;
  GzipBody& operator=(GzipBody&&) noexcept;
  ~GzipBody();

  // Gives what comes out of `piece` to `take` in parts of at most 64 KiB: a few bytes may hold gigabytes.
  // After anything but `good` no more may be added. What `take` throws is thrown here.
  Judgement add(std::string_view piece, const std::function<bool(std::string_view)>& take);
  // Whether the last byte added ended a member: RFC 1952 2.2 allows several, one after the other.
  [[nodiscard]] bool whole() const noexcept { return ended_; }

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  bool ended_ = false;
};

}  // namespace mlrepro
