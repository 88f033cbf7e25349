#include "adapters/archive/decompress.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>

#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

class Decompression {
 public:
  Decompression(ReadNext compressed, std::string name)
      : name_(std::move(name)), input_(std::move(compressed)) {
    archive_read_support_format_raw(input_.get());
    check(input_.open());
    archive_entry* entry = nullptr;
    const int begun = archive_read_next_header(input_.get(), &entry);
    empty_ = begun == ARCHIVE_EOF;
    if (!empty_) check(begun);
  }

  std::size_t next(std::span<char> into) {
    if (empty_) return 0;
    const la_ssize_t got = archive_read_data(input_.get(), into.data(), into.size());
    if (got < 0) check(static_cast<int>(got));
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }

 private:
  void check(int status) const {
    input_.rethrow();
    if (status == ARCHIVE_OK) return;
    throw Error(ErrorKind::input, "bad-archive", "cannot decompress " + name_ + ": " + input_.trouble());
  }

  std::string name_;
  ArchiveInput input_;
  bool empty_ = false;
};

}  // namespace

ReadNext decompressed(ReadNext compressed, const std::string& name) {
  return [stream = std::make_shared<Decompression>(std::move(compressed), name)](std::span<char> into) {
    return stream->next(into);
  };
}

void decompress_file(const std::filesystem::path& file, const std::function<bool(std::string_view)>& sink,
                     std::uint64_t max_bytes) {
  const std::string name = file.filename().string();
  const UniqueFd fd = open_file(file, O_RDONLY);
  const ReadNext stream = decompressed(read_from(fd.get(), file.string()), name);
  std::vector<char> buffer(std::size_t{256} << 10);
  std::uint64_t total = 0;
  while (const std::size_t got = stream(buffer)) {
    total += got;
    if (total > max_bytes) {
      throw Error(ErrorKind::input, "too-large",
                  name + " decompresses to more than " + std::to_string(max_bytes) + " bytes");
    }
    if (!sink({buffer.data(), got})) return;
  }
}

}  // namespace mlrepro
