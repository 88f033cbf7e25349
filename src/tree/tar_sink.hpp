// A tree pushed into a tar, in the order of pushing, by the one writer (codec/tar_writer.hpp).
#pragma once

#include "codec/tar_writer.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {

class TarSink final : public TreeSink {
 public:
  explicit TarSink(TarWriter::Out out) : writer_(std::move(out)) {}
  void add(const TreeEntry& entry, const Content& content) override;
  void finish() override { writer_.finish(); }
  [[nodiscard]] std::uint64_t written() const noexcept { return writer_.written(); }

 private:
  TarWriter writer_;
};

}  // namespace mlrepro
