#include "services/python_build/source_metadata.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "codec/tar_writer.hpp"
#include "codec/zip_writer.hpp"
#include "services/python_build/built_wheel.hpp"

namespace mlrepro {
namespace {

namespace fs = std::filesystem;

SourceMetadata judged(std::optional<std::string> pkg_info, std::optional<std::string> pyproject) {
  return judge_source({std::move(pkg_info), std::move(pyproject), true}, "a-1.0.tar.gz");
}

TEST(SourceMetadata, PkgInfoCountsFromMetadata22On) {
  const std::string fields = "\nName: A\nVersion: 1.0\nRequires-Dist: b>=1\n";
  EXPECT_FALSE(judged("Metadata-Version: 2.1" + fields, {}).metadata);
  const auto known = judged("Metadata-Version: 2.2" + fields, {});
  ASSERT_TRUE(known.metadata);
  EXPECT_EQ(known.metadata->requires_dist, std::vector<std::string>{"b>=1"});
  EXPECT_EQ(known.build_system, python::BuildSystem::legacy());
  EXPECT_FALSE(judged("Metadata-Version: 2.4" + fields + "Dynamic: Requires-Dist\n", {}).metadata);
  EXPECT_FALSE(judged("Metadata-Version: 2.4" + fields + "Dynamic: provides-extra\n", {}).metadata);
  EXPECT_TRUE(judged("Metadata-Version: 2.4" + fields + "Dynamic: License\n", {}).metadata);
}

TEST(SourceMetadata, ProjectTableStandsWherePkgInfoDoesNot) {
  const std::string info = "Metadata-Version: 2.1\nName: A\nVersion: 1.5\n";
  const auto known = judged(info,
                            "[project]\nname = \"A\"\ndynamic = [\"version\"]\ndependencies = [\"b\"]\n"
                            "[project.optional-dependencies]\nX = [\"c; python_version > '3'\"]\n");
  ASSERT_TRUE(known.metadata);
  EXPECT_EQ(known.metadata->version.str(), "1.5");
  EXPECT_EQ(known.metadata->provides_extra, std::vector<std::string>{"x"});
  ASSERT_EQ(known.metadata->requires_dist.size(), 2U);
  EXPECT_NE(known.metadata->requires_dist[1].find("extra == \"x\""), std::string::npos);
  EXPECT_FALSE(
      judged(info, "[project]\nname = \"A\"\nversion = \"1\"\ndynamic = [\"dependencies\"]\n").metadata);
  EXPECT_FALSE(judged({}, "[project]\nname = \"A\"\ndynamic = [\"version\"]\n").metadata);
}

TEST(SourceMetadata, ReadsTheOneFolderOfAnArchiveAndTheRootOfACheckout) {
  const TemporaryDirectory folder(fs::temp_directory_path(), "sources");
  const BlobStore store(folder.path() / "store");
  const std::string pyproject = "[project]\nname = \"a\"\nversion = \"1.0\"\n";
  const auto tar = [&](const std::vector<std::string>& paths) {
    std::string bytes;
    TarWriter writer([&](std::string_view piece) { bytes += piece; });
    for (const auto& path : paths) {
      TarHeader header;
      header.path = path;
      header.size = pyproject.size();
      writer.begin(header);
      writer.data(pyproject);
    }
    writer.finish();
    return bytes;
  };
  const auto read = [&](const std::string& name, const std::string& bytes, const std::string& below = {}) {
    return read_source_metadata({{name, bytes.size(), store.put(bytes)}, below}, store).metadata.has_value();
  };
  EXPECT_TRUE(read("a-1.0.tar.gz", tar({"a-1.0/pyproject.toml", "a-1.0/sub/x.py"})));
  EXPECT_TRUE(read("a-1.0.tar", tar({"pyproject.toml", "x/y.py"})));
  EXPECT_TRUE(read("a-1.0.tar", tar({"x/y.py", "sub/dir/pyproject.toml"}), "sub/dir"));
  EXPECT_TRUE(read("a-1.0.tar.gz", tar({"top/y.py", "top/sub/pyproject.toml"}), "sub"));
  for (const auto& bytes :
       {tar({"a-1.0/x.py"}), std::string("no archive"), tar({"a/pyproject.toml", "b/x.py"})}) {
    try {
      (void)read("a-1.0.tar.gz", bytes);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "bad-sdist") << error.message();
    }
  }
}

TEST(BuiltWheel, TimesAndOrderOfACarelessBackendAreGone) {
  const TemporaryDirectory folder(fs::temp_directory_path(), "wheels");
  const BlobStore store(folder.path() / "store");
  const auto wheel = [&](std::int64_t time, const std::vector<std::string>& names) {
    std::string bytes;
    ZipWriter writer([&](std::string_view piece) { bytes += piece; }, dos_time(time));
    for (const auto& name : names)
      writer.add(name, 0100644, [&](const auto& piece) { piece(name); });
    writer.finish();
    const fs::path file = folder.path() / "a-1-py3-none-any.whl";
    write_file_atomically(file, bytes);
    return keep_wheel(file, "a-1-py3-none-any.whl", 1700000000, store).sha256;
  };
  const std::vector<std::string> names{"a/a.py", "a/b.py", "a-1.dist-info/METADATA", "a-1.dist-info/RECORD"};
  const auto canonical = wheel(1700000000, names);
  EXPECT_EQ(wheel(1711111110, names), canonical);
  EXPECT_EQ(wheel(1700000000, {names[1], names[0], names[2], names[3]}), canonical);
  // A time that stands for none is left as the backend wrote it.
  EXPECT_NE(wheel(1580601600, names), canonical);
  EXPECT_EQ(wheel(1580601600, {names[1], names[0], names[2], names[3]}), canonical);
}

}  // namespace
}  // namespace mlrepro
