#include "services/verify/lock_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "documents/config/manifest.hpp"

namespace mlrepro {
namespace {

using ::testing::HasSubstr;

Manifest manifest(const std::string& packages) {
  return parse_manifest("[os]\nsuite = \"tiny\"\npackages = [" + packages + "]\n", "mlrepro.toml",
                        "/project");
}

Lockfile lock_for(const Manifest& asked) {
  Lockfile lock;
  lock.inputs = asked.normalised();
  lock.os = OsSection{"debian", "tiny", "amd64", {}, {}};
  return lock;
}

class LockedFiles : public ::testing::Test {
 protected:
  LockedFiles() : folder_(std::filesystem::temp_directory_path(), "verify"), store(folder_.path() / "store") {
    for (const char* name : {"alpha", "beta", "gamma"}) {
      OsPackage package;
      package.name = name;
      package.path = std::string("pool/") + name + "_1.deb";
      package.size = package.name.size();
      package.sha256 = store.put(name);
      os.packages.push_back(package);
      PythonPackage wheel;
      wheel.name = name;
      wheel.file = {std::string(name) + "-1-py3-none-any.whl", package.size, package.sha256};
      python.packages.push_back(wheel);
    }
  }

  [[nodiscard]] std::filesystem::path blob(const Sha256& digest) const { return *store.find(digest); }

  void damage(const Sha256& digest) const {
    const auto path = blob(digest);
    std::filesystem::remove(path);
    write_file_atomically(path, "other");
  }

  TemporaryDirectory folder_;
  BlobStore store;
  OsSection os;
  PythonSection python;
  NoProgress progress;
};

TEST(LockCanonical, PassesOnWhatWasWrittenAndFailsOnWhatWasEdited) {
  const Lockfile lock = lock_for(manifest("\"a\""));
  const std::string bytes = render_lockfile(lock);
  const Check good = check_canonical(bytes, lock, "mlrepro.lock");
  EXPECT_EQ(good.name, "lock-canonical");
  EXPECT_EQ(good.status, CheckStatus::pass);
  EXPECT_THAT(good.detail, HasSubstr(lock.id().tagged()));
  EXPECT_TRUE(good.required);
  const Check space = check_canonical(bytes + "\n", lock, "mlrepro.lock");
  EXPECT_EQ(space.status, CheckStatus::fail);
  const auto second = bytes.find('\n', bytes.find('\n') + 1) + 1;
  std::string edited = bytes;
  edited.insert(second, " ");
  EXPECT_THAT(check_canonical(edited, lock, "mlrepro.lock").detail,
              HasSubstr("mlrepro.lock:3 is not as mlrepro writes it"));
  EXPECT_EQ(check_canonical(bytes.substr(0, bytes.size() - 1), lock, "mlrepro.lock").status,
            CheckStatus::fail);
}

TEST(LockManifest, NamesEachWishTheLockWasNotMadeFor) {
  const Lockfile lock = lock_for(manifest("\"alpha\""));
  const auto checked = [&](const Manifest& wanted) {
    return check_manifest(drift_of(lock, wanted.normalised()));
  };
  EXPECT_EQ(checked(manifest("\"alpha\"")).status, CheckStatus::pass);
  const Check drifted = checked(manifest("\"alpha\", \"beta\""));
  EXPECT_EQ(drifted.name, "lock-manifest");
  EXPECT_EQ(drifted.status, CheckStatus::fail);
  EXPECT_THAT(drifted.detail, HasSubstr("os.packages"));
  EXPECT_THAT(drifted.detail, HasSubstr("beta"));
}

TEST_F(LockedFiles, WholeStorePasses) {
  const Check checked = check_os_files(os, store, progress);
  EXPECT_EQ(checked.name, "os-files");
  EXPECT_EQ(checked.status, CheckStatus::pass);
  EXPECT_EQ(checked.detail, "3 files hashed");
  EXPECT_EQ(check_python_files(python, store, progress).name, "python-files");
  EXPECT_EQ(check_python_files(python, store, progress).status, CheckStatus::pass);
}

TEST_F(LockedFiles, MissingFileIsNamed) {
  std::filesystem::remove(blob(os.packages[1].sha256));
  EXPECT_EQ(check_os_files(os, store, progress).status, CheckStatus::fail);
  EXPECT_EQ(check_os_files(os, store, progress).detail, "beta_1.deb is not in the store");
  EXPECT_EQ(check_python_files(python, store, progress).detail,
            "beta-1-py3-none-any.whl is not in the store");
}

TEST_F(LockedFiles, DamagedFileIsNamed) {
  damage(os.packages[2].sha256);
  const Check checked = check_os_files(os, store, progress);
  EXPECT_EQ(checked.status, CheckStatus::fail);
  EXPECT_THAT(checked.detail, HasSubstr("gamma_1.deb is damaged"));
}

TEST_F(LockedFiles, FirstInOrderOfTheLockIsNamedAndTheOthersCounted) {
  for (const auto& package : os.packages)
    std::filesystem::remove(blob(package.sha256));
  EXPECT_EQ(check_os_files(os, store, progress).detail, "alpha_1.deb is not in the store (and 2 more)");
}

TEST_F(LockedFiles, SizeOtherThanLockedFails) {
  ++python.packages[0].file.size;
  EXPECT_EQ(check_python_files(python, store, progress).detail,
            "alpha-1-py3-none-any.whl has another size than the lock says");
}

TEST(LockedDataCheck, MissingAndChangedDataAreNamed) {
  const std::vector<LockedData> locked{{"a.csv", 1, sha256("a")}, {"b.csv", 1, sha256("b")}};
  EXPECT_EQ(check_data(locked, locked).status, CheckStatus::pass);
  EXPECT_EQ(check_data(locked, {locked[0]}).detail, "b.csv is missing");
  const Check changed = check_data(locked, {locked[0], {"b.csv", 1, sha256("c")}});
  EXPECT_EQ(changed.status, CheckStatus::fail);
  EXPECT_EQ(changed.detail, "b.csv is not what was locked");
  EXPECT_EQ(check_data(locked, {}).detail, "a.csv is missing (and 1 more)");
}

}  // namespace
}  // namespace mlrepro
