#include "standards/python/import_names.hpp"

#include <gtest/gtest.h>

namespace mlrepro::python {
namespace {

using Names = std::vector<std::string>;

TEST(ImportNames, ModulesPackagesAndExtensionsAreFound) {
  EXPECT_EQ(import_names("six", {"six.py", "six-1.16.0.dist-info/RECORD"}, ""), Names{"six"});
  EXPECT_EQ(import_names("PyYAML", {"_yaml/__init__.py", "yaml/__init__.py", "yaml/nodes.py"}, ""),
            Names{"yaml"});
  EXPECT_EQ(import_names("pkg", {"fast.cpython-311-x86_64-linux-gnu.so", "slow.abi3.so"}, ""),
            (Names{"fast", "slow"}));
  EXPECT_EQ(import_names("cffi-backend", {"_cffi_backend.cpython-311-x86_64-linux-gnu.so"}, ""),
            Names{"_cffi_backend"});
}

TEST(ImportNames, OneNamedAsTheDistributionStandsForAll) {
  EXPECT_EQ(import_names("black", {"black/__init__.py", "blackd/__init__.py", "blib2to3/__init__.py"}, ""),
            Names{"black"});
  EXPECT_EQ(import_names("google-cloud-storage",
                         {"google/cloud/storage/__init__.py", "google/cloud/storage/blob.py",
                          "google/cloud/storage_v1/__init__.py"},
                         "google"),
            Names{"google.cloud.storage"});
}

TEST(ImportNames, NamespacesAreFollowedToWhatCanBeImported) {
  EXPECT_EQ(
      import_names("protobuf",
                   {"google/_upb/_message.abi3.so", "google/protobuf/__init__.py", "google/protobuf/any.py"},
                   ""),
      Names{"google.protobuf"});
  EXPECT_EQ(import_names("plugins-of-a", {"a/plugins/one.py", "a/plugins/two.py"}, ""),
            (Names{"a.plugins.one", "a.plugins.two"}));
}

TEST(ImportNames, StubsDataScriptsAndOtherNamesAreNone) {
  EXPECT_EQ(import_names("types-requests", {"requests-stubs/__init__.pyi", "requests-stubs/api.py"}, ""),
            Names{});
  EXPECT_EQ(import_names("data", {"../../../share/data/a.py", "data-1.0.data/x.py", "data/table.csv"}, ""),
            Names{});
  EXPECT_EQ(import_names("x", {"30fcd__mypyc.cpython-311-x86_64-linux-gnu.so", "__main__.py", "a-b.py"}, ""),
            Names{});
  EXPECT_EQ(import_names("x", {}, "x"), Names{});
}

TEST(ImportNames, TestsAndDeclaredNames) {
  EXPECT_EQ(import_names("thing", {"core/__init__.py", "tests/__init__.py", "docs/conf.py"}, ""),
            Names{"core"});
  EXPECT_EQ(import_names("thing", {"tests/__init__.py"}, ""), Names{"tests"});
  EXPECT_EQ(import_names("thing", {"core/__init__.py", "extra/__init__.py"}, "core\n"), Names{"core"});
  EXPECT_EQ(import_names("thing", {"core/__init__.py"}, "gone\n"), Names{"core"});
}

}  // namespace
}  // namespace mlrepro::python
