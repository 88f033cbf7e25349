#include "store/blob_store.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

TEST(BlobStore, DamagedBlobIsNeverServedAndIsNamed) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  const BlobStore store(folder.path());
  const Sha256 digest = store.put("content");
  const auto path = store.find(digest);
  ASSERT_TRUE(path);
  std::filesystem::permissions(*path, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  write_file_atomically(*path, "c0ntent");
  EXPECT_EQ(store.check(), std::vector<Sha256>{digest});
  std::string warning;
  EXPECT_FALSE(store.find(digest, &warning));
  EXPECT_NE(warning.find(digest.tagged()), std::string::npos);
  EXPECT_FALSE(store.contains(digest));
  EXPECT_THROW((void)store.get(digest, "thing"), Error);
}

TEST(BlobStore, WrongHashOrSizeKeepsNothing) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  const BlobStore store(folder.path());
  {
    auto writer = store.writer();
    writer.write("abc");
    EXPECT_THROW(writer.commit_as(sha256("other"), 3, "thing"), Error);
  }
  {
    auto writer = store.writer();
    writer.write("abc");
    EXPECT_THROW(writer.commit_as(sha256("abc"), 4, "thing"), Error);
  }
  EXPECT_EQ(store.info().blobs, 0U);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "tmp"));
}

TEST(BlobStore, ManyWritersOfOneBlobLeaveOne) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 8; ++i) {
      writers.emplace_back([&] {
        const BlobStore store(folder.path());
        for (int k = 0; k < 20; ++k)
          store.put("the same");
      });
    }
  }
  const BlobStore store(folder.path());
  EXPECT_EQ(store.info().blobs, 1U);
  EXPECT_TRUE(store.check().empty());
}

}  // namespace
}  // namespace mlrepro
