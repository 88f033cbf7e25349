#include "adapters/archive/tar_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/error.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {

using testing::make_tar;
using testing::tar_item;

struct Read {
  TreeEntry entry;
  std::string bytes;
};

std::vector<Read> read_all(const std::string& bytes, std::size_t step = 1000) {
  std::size_t at = 0;
  std::vector<Read> found;
  read_tar(
      [&](std::span<char> into) {
        const std::size_t part = std::min({step, into.size(), bytes.size() - at});
        std::memcpy(into.data(), bytes.data() + at, part);
        at += part;
        return part;
      },
      "test.tar",
      [&](const TreeEntry& entry, const Content& content) {
        found.push_back({entry, {}});
        if (entry.type == EntryType::file)
          content([&](std::string_view piece) { found.back().bytes.append(piece); });
      });
  return found;
}

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(bytes.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(TarReader, ReadsWhatOurWriterWrote) {
  auto deep = tar_item("usr/share/" + std::string(150, 'n') + "/caf\xC3\xA9", TarType::file, "deep");
  deep.header.xattrs["user.note"] = "kept";
  deep.header.uid = 3000000;
  const auto found =
      read_all(make_tar({tar_item(".", TarType::directory), tar_item("./usr", TarType::directory), deep,
                         tar_item("./usr/link", TarType::symlink, "../../anywhere"),
                         tar_item("./usr/hard", TarType::hardlink, "./usr/share/x")}));
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].entry.path, "usr");
  EXPECT_EQ(found[0].entry.type, EntryType::directory);
  EXPECT_EQ(found[1].entry.path, deep.header.path);
  EXPECT_EQ(found[1].bytes, "deep");
  EXPECT_EQ(found[1].entry.uid, 3000000U);
  EXPECT_EQ(found[1].entry.xattrs.at("user.note"), "kept");
  EXPECT_EQ(found[1].entry.mtime, 1000000000);
  EXPECT_EQ(found[2].entry.target, "../../anywhere");
  EXPECT_EQ(found[3].entry.type, EntryType::hardlink);
  EXPECT_EQ(found[3].entry.target, "usr/share/x");
}

TEST(TarReader, ReadsCompressedStreamsInAnyPieces) {
  const std::string packed = gzip(make_tar({tar_item("a", TarType::file, std::string(100000, 'q'))}));
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100000}}) {
    const auto found = read_all(packed, step);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].bytes.size(), 100000U);
  }
}

TEST(TarReader, RefusesPathsThatLeaveTheTree) {
  for (const std::string path :
       {"../evil", "/evil", "a/../../evil", "a/..", "a/./b", "a//b", "..", "./../x"}) {
    EXPECT_THROW(read_all(make_tar({tar_item(path, TarType::file, "x")})), Error) << path;
    EXPECT_THROW(read_all(make_tar({tar_item("ok", TarType::hardlink, path)})), Error) << path;
  }
}

TEST(TarReader, RefusesWhatIsCutOff) {
  const std::string tar = make_tar({tar_item("a", TarType::file, std::string(5000, 'q'))});
  EXPECT_THROW(read_all(tar.substr(0, 2000)), Error);
  const std::string packed = gzip(tar);
  EXPECT_THROW(read_all(packed.substr(0, packed.size() / 2)), Error);
}

TEST(TarReader, RefusesWhatIsNoTar) {
  EXPECT_THROW(read_all(std::string(2048, 'x')), Error);
}

TEST(TarReader, LetsTheReadersOwnErrorThrough) {
  EXPECT_THROW(read_tar([](std::span<char>) -> std::size_t { throw std::runtime_error("disk"); }, "test.tar",
                        [](const TreeEntry&, const Content&) {}),
               std::runtime_error);
}

}  // namespace
}  // namespace mlrepro
