#include "adapters/archive/layer_reader.hpp"

#include <fcntl.h>

#include <vector>

#include "adapters/archive/decompress.hpp"
#include "adapters/archive/tar_reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t block = std::size_t{256} << 10;

class LayerStream {
 public:
  LayerStream(const std::filesystem::path& file, const std::string& name, std::uint64_t max_bytes)
      : name_(name),
        left_(max_bytes),
        fd_(open_file(file, O_RDONLY)),
        read_(decompressed(read_from(fd_.get(), name), name)) {}

  std::size_t next(std::span<char> into) {
    const std::size_t size = read_(into);
    if (size > left_) {
      throw Error(ErrorKind::input, "too-large",
                  name_ + " decompresses to far more than any layer of its size would");
    }
    left_ -= size;
    hasher_.update({into.data(), size});
    return size;
  }

  [[nodiscard]] Sha256 digest() { return hasher_.finish(); }

 private:
  std::string name_;
  std::uint64_t left_;
  UniqueFd fd_;
  ReadNext read_;
  Sha256Hasher hasher_;
};

}  // namespace

Sha256 read_layer(const std::filesystem::path& file, const std::string& name, std::uint64_t max_bytes,
                  const std::function<void(const TreeEntry&, const Content&)>& entry) {
  LayerStream stream(file, name, max_bytes);
  read_tar([&](std::span<char> into) { return stream.next(into); }, name, entry, TarCompression::none);
  std::vector<char> rest(block);
  while (stream.next(rest) > 0) {
  }
  return stream.digest();
}

void decompress_layer(const std::filesystem::path& file, const std::string& name, std::uint64_t max_bytes,
                      const std::function<void(std::string_view)>& piece) {
  LayerStream stream(file, name, max_bytes);
  std::vector<char> buffer(block);
  for (std::size_t size = stream.next(buffer); size > 0; size = stream.next(buffer))
    piece({buffer.data(), size});
}

}  // namespace mlrepro
