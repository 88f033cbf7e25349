#include "services/index/page_files.hpp"

#include <gtest/gtest.h>

#include "services/index/kept_page.hpp"

namespace mlrepro {
namespace {

using python::SimpleFile;

std::vector<SimpleFile> some_files() {
  SimpleFile bare;
  bare.filename = "a-1.tar.gz";
  bare.url = "https://files.example.org/x/a-1.tar.gz";
  SimpleFile full;
  full.filename = "a-2-py3-none-any.whl";
  full.url = "https://files.example.org/y/a-2-py3-none-any.whl";
  full.sha256 = sha256("two");
  full.size = 1234567890123;
  full.requires_python = ">=3.8";
  full.yanked = "";
  full.upload_time = 1700000000;
  full.core_metadata = true;
  full.core_metadata_sha256 = sha256("metadata");
  SimpleFile same = full;
  same.filename = "a-3-py3-none-any.whl";
  same.url = "https://files.example.org/download?file=3";
  same.yanked = "broken";
  return {bare, full, same, bare};
}

TEST(PageFiles, GiveBackWhatWasPacked) {
  const auto files = some_files();
  EXPECT_EQ(PageFiles(files).all(), files);
  EXPECT_EQ(PageFiles(files).size(), files.size());
  EXPECT_TRUE(PageFiles().all().empty());
}

TEST(PageFiles, AreTheSameFromAKeptPage) {
  KeptPage page;
  page.known = true;
  page.validators.etag = "\"1\"";
  page.files = PageFiles(some_files());
  const auto read = parse_kept_page(render_kept_page(page));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->known);
  EXPECT_EQ(read->validators.etag, "\"1\"");
  EXPECT_EQ(read->files.all(), some_files());
}

TEST(PageFiles, CutBytesGiveFewerFiles) {
  const PageFiles whole(some_files());
  for (std::size_t length = 0; length < whole.packed().size(); ++length) {
    const PageFiles cut(std::string(whole.packed().substr(0, length)), 0, whole.size());
    const auto files = cut.all();
    ASSERT_LT(files.size(), whole.size());
    for (std::size_t i = 0; i < files.size(); ++i)
      EXPECT_EQ(files[i], some_files()[i]);
  }
}

TEST(PageFiles, SurviveOtherBytes) {
  std::string bytes(PageFiles(some_files()).packed());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ '\xFF');
    EXPECT_LE(PageFiles(other, 0, 4).all().size(), 4U);
    EXPECT_LE(PageFiles(other, at, 1U << 30).all().size(), bytes.size());
  }
}

}  // namespace
}  // namespace mlrepro
