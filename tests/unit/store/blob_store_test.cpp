#include "store/blob_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

namespace fs = std::filesystem;

class BlobStoreTest : public testing::Test {
 protected:
  const TemporaryDirectory folder_{fs::temp_directory_path()};
  const BlobStore store_{folder_.path()};

  [[nodiscard]] bool nothing_temporary() const { return fs::is_empty(folder_.path() / "tmp"); }
  static void spoil(const fs::path& path, std::string_view bytes) {
    fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
    const UniqueFd fd = open_file(path, O_WRONLY | O_TRUNC);
    write_all(fd.get(), bytes, path.string());
  }
};

TEST_F(BlobStoreTest, BlobIsFoundUnderItsDigestAndReadOnly) {
  const Sha256 digest = store_.put("content");
  EXPECT_EQ(digest, sha256("content"));
  const auto path = store_.find(digest);
  ASSERT_TRUE(path);
  const std::string hex = digest.hex();
  EXPECT_EQ(*path, folder_.path() / "sha256" / hex.substr(0, 2) / hex);
  EXPECT_EQ(read_file(*path), "content");
  EXPECT_TRUE(store_.contains(digest, 7));
  EXPECT_FALSE(store_.contains(digest, 8));
  EXPECT_EQ(store_.get(digest, "thing"), *path);
  EXPECT_TRUE(nothing_temporary());
  struct stat info {};
  ASSERT_EQ(::stat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0222U, 0U);
}

TEST_F(BlobStoreTest, UmaskDecidesWhoElseMayRead) {
  const mode_t before = ::umask(077);
  const auto closed = store_.get(store_.put("mine"), "mine");
  ::umask(022);
  const auto open = store_.get(store_.put("ours"), "ours");
  ::umask(before);
  EXPECT_EQ(fs::status(closed).permissions(), fs::perms(0400));
  EXPECT_EQ(fs::status(open).permissions(), fs::perms(0444));
}

TEST_F(BlobStoreTest, DamagedBlobIsNeverServedAndIsNamed) {
  const Sha256 digest = store_.put("content");
  spoil(store_.get(digest, "thing"), "c0ntent");
  EXPECT_EQ(store_.check(), std::vector<Sha256>{digest});
  std::string warning;
  EXPECT_FALSE(store_.find(digest, &warning));
  EXPECT_NE(warning.find(digest.tagged()), std::string::npos);
  EXPECT_EQ(read_file(folder_.path() / "damaged" / digest.hex()), "c0ntent");
  EXPECT_FALSE(store_.contains(digest));
  EXPECT_TRUE(store_.check().empty());
  store_.put("content");
  EXPECT_TRUE(store_.find(digest));
}

TEST_F(BlobStoreTest, DamagedAndMissingAreToldApart) {
  const Sha256 digest = store_.put("content");
  spoil(store_.get(digest, "thing"), "");
  const auto code_of = [&] {
    try {
      (void)store_.get(digest, "thing");
    } catch (const Error& error) {
      EXPECT_NE(error.message().find("thing"), std::string::npos);
      EXPECT_FALSE(error.hint().empty());
      return error.code();
    }
    return std::string();
  };
  EXPECT_EQ(code_of(), "blob-damaged");
  EXPECT_EQ(code_of(), "blob-missing");
}

TEST_F(BlobStoreTest, LinkInPlaceOfABlobIsNotFollowed) {
  const Sha256 digest = store_.put("content");
  const fs::path path = store_.get(digest, "thing");
  const fs::path other = folder_.path() / "other";
  write_file_atomically(other, "content");
  fs::remove(path);
  fs::create_symlink(other, path);
  EXPECT_FALSE(store_.contains(digest));
  EXPECT_FALSE(store_.find(digest));
}

TEST_F(BlobStoreTest, WrongHashOrSizeKeepsNothing) {
  const auto code_of = [&](const Sha256& expected, std::uint64_t size) {
    auto writer = store_.writer();
    writer.write("abc");
    try {
      writer.commit_as(expected, size, "thing");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input);
      EXPECT_NE(error.message().find("thing"), std::string::npos);
      return error.code();
    }
    return std::string();
  };
  EXPECT_EQ(code_of(sha256("other"), 3), "hash-mismatch");
  EXPECT_EQ(code_of(sha256("abc"), 4), "hash-mismatch");
  EXPECT_EQ(store_.info().blobs, 0U);
  EXPECT_TRUE(nothing_temporary());
}

TEST_F(BlobStoreTest, WriterLeftUncommittedLeavesNothing) {
  {
    auto writer = store_.writer();
    writer.write("abc");
    BlobStore::Writer moved = std::move(writer);
    moved.write("def");
    EXPECT_EQ(moved.size(), 6U);
    EXPECT_FALSE(nothing_temporary());
  }
  EXPECT_TRUE(nothing_temporary());
}

TEST_F(BlobStoreTest, ManyWritersOfOneBlobLeaveOne) {
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 8; ++i) {
      writers.emplace_back([&] {
        const BlobStore store(folder_.path());
        for (int k = 0; k < 20; ++k)
          store.put("the same");
      });
    }
  }
  EXPECT_EQ(store_.info().blobs, 1U);
  EXPECT_EQ(store_.info().bytes, 8U);
  EXPECT_TRUE(store_.check().empty());
  EXPECT_TRUE(nothing_temporary());
}

TEST_F(BlobStoreTest, OpeningKeepsWhatALivingProcessWritesAndRemovesWhatADeadOneLeft) {
  auto living = store_.writer();
  living.write("abc");
  const pid_t child = ::fork();
  if (child == 0) {
    auto killed = store_.writer();
    killed.write("half");
    ::raise(SIGKILL);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto temporaries = [&] {
    return std::distance(fs::directory_iterator(folder_.path() / "tmp"), fs::directory_iterator());
  };
  EXPECT_EQ(temporaries(), 2);
  const BlobStore second(folder_.path());
  EXPECT_EQ(temporaries(), 1);
  EXPECT_EQ(living.commit(), sha256("abc"));
  EXPECT_TRUE(second.find(sha256("abc")));
}

TEST_F(BlobStoreTest, FailedWriteIsReportedAndLeavesNothing) {
  // The file size limit stands in for a full disk: write() fails in the middle of a blob.
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      store_.put(std::string(10000, 'x'));
    } catch (const Error& error) {
      ::_exit(error.kind() == ErrorKind::surroundings && nothing_temporary() ? 0 : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(BlobStoreTest, ForeignNamesInTheStoreArePassedOver) {
  const Sha256 digest = store_.put("content");
  write_file_atomically(folder_.path() / "sha256" / "ab" / "README", "x");
  write_file_atomically(folder_.path() / "sha256" / "zz" / digest.hex(), "x");
  EXPECT_EQ(store_.blobs(), std::vector<Sha256>{digest});
  EXPECT_EQ(store_.info().blobs, 1U);
}

}  // namespace
}  // namespace mlrepro
