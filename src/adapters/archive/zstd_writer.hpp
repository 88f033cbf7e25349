// A zstd frame (RFC 8878), written by libarchive. How it compresses is nobody's promise: what must have the
// same bytes everywhere is never compressed.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace mlrepro {

class ZstdWriter {
 public:
  using Out = std::function<void(std::string_view)>;
  explicit ZstdWriter(Out out);
  ZstdWriter(ZstdWriter&& other) noexcept;
  ZstdWriter& operator=(ZstdWriter&&) = delete;
  ~ZstdWriter();

  // What `out` throws comes through, from any of the two.
  void write(std::string_view bytes);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mlrepro
