#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/file.hpp"
#include "standards/elf/loader_cache.hpp"
#include "standards/elf/shared_object.hpp"

namespace mlrepro::elf {
namespace {

ReadBytes reader_of(const std::string& bytes) {
  return [&bytes](std::uint64_t offset, std::size_t size) {
    return offset < bytes.size() ? bytes.substr(static_cast<std::size_t>(offset), size) : std::string();
  };
}

// The C library's own files are there on every machine.
TEST(LoaderCache, KnowsTheCLibrary) {
  const std::filesystem::path file = "/etc/ld.so.cache";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no ldconfig here";
  const auto libraries = read_loader_cache(read_file(file));
  const auto found = std::find_if(libraries.begin(), libraries.end(),
                                  [](const auto& library) { return library.name == "libc.so.6"; });
  ASSERT_NE(found, libraries.end());
  const std::string bytes = read_file(found->path);
  const auto object = read_shared_object(reader_of(bytes));
  ASSERT_TRUE(object);
  EXPECT_TRUE(object->wide);
  EXPECT_EQ(object->soname, "libc.so.6");
  for (const std::size_t cut : {0U, 10U, 20U, 64U, 100U, 1000U}) {
    const std::string part = bytes.substr(0, cut);
    const auto broken = read_shared_object(reader_of(part));
    EXPECT_TRUE(!broken || broken->soname.empty()) << cut;
  }
}

TEST(LoaderCache, BrokenOnesAreEmpty) {
  EXPECT_TRUE(read_loader_cache("").empty());
  EXPECT_TRUE(read_loader_cache("glibc-ld.so.cache1.1").empty());
  EXPECT_TRUE(read_loader_cache("glibc-ld.so.cache1.1" + std::string(200, '\xff')).empty());
}

}  // namespace
}  // namespace mlrepro::elf
