#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/image/build_folder.hpp"
#include "services/image/canonicalisation.hpp"
#include "services/image/configure_order.hpp"
#include "services/image/image_folder.hpp"
#include "services/image/layers.hpp"
#include "services/image/package_control.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {
namespace fs = std::filesystem;
using testing::write_bytes;

class Canonical : public ::testing::Test {
 protected:
  static std::int64_t time_of(const fs::path& path) {
    struct stat info {};
    EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mtim.tv_nsec, 0) << path;
    return info.st_mtim.tv_sec;
  }
  static void set_time(const fs::path& path, std::int64_t seconds) {
    const timespec times[2] = {{0, UTIME_OMIT}, {seconds, 5}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  }
  TemporaryDirectory temporary_{fs::temp_directory_path(), "canonical"};
  fs::path tree_ = [&] {
    fs::create_directory(temporary_.path() / "tree");
    return temporary_.path() / "tree";
  }();
};

TEST_F(Canonical, RemovesWhatTheListNames) {
  write_bytes(tree_ / "etc/machine-id", "abc\n");
  write_bytes(tree_ / "etc/ssh/ssh_host_rsa_key", "secret");
  write_bytes(tree_ / "etc/ssh/sshd_config", "keep");
  write_bytes(tree_ / "var/log/apt/term.log", "x");
  write_bytes(tree_ / "tmp/x/y", "x");
  write_bytes(tree_ / "etc/passwd-", "x");
  fs::create_directories(tree_ / "etc/ssl/certs");
  write_bytes(tree_ / "etc/ssl/certs/ssl-cert-snakeoil.pem", "x");
  write_bytes(tree_ / "etc/ssl/certs/real.pem", "x");
  fs::create_symlink("ssl-cert-snakeoil.pem", tree_ / "etc/ssl/certs/0123abcd.0");
  fs::create_symlink("real.pem", tree_ / "etc/ssl/certs/4567abcd.0");
  canonicalise(tree_, 0);
  EXPECT_EQ(testing::read_bytes(tree_ / "etc/machine-id"), "");
  EXPECT_TRUE(fs::exists(tree_ / "etc/machine-id"));
  EXPECT_FALSE(fs::exists(tree_ / "etc/ssh/ssh_host_rsa_key"));
  EXPECT_TRUE(fs::exists(tree_ / "etc/ssh/sshd_config"));
  // Packages own log folders; dpkg -V would not see that they are gone.
  EXPECT_TRUE(fs::is_directory(tree_ / "var/log/apt"));
  EXPECT_TRUE(fs::is_empty(tree_ / "var/log/apt"));
  EXPECT_TRUE(fs::is_empty(tree_ / "tmp"));
  EXPECT_FALSE(fs::exists(tree_ / "etc/passwd-"));
  EXPECT_FALSE(fs::is_symlink(tree_ / "etc/ssl/certs/0123abcd.0"));
  EXPECT_TRUE(fs::is_symlink(tree_ / "etc/ssl/certs/4567abcd.0"));
}

TEST_F(Canonical, FollowsNoLinkOutOfTheTree) {
  const fs::path outside = temporary_.path() / "outside";
  write_bytes(outside / "machine-id", "precious");
  write_bytes(outside / "ssh_host_rsa_key", "precious");
  fs::create_directories(tree_ / "var");
  fs::create_directory_symlink(outside, tree_ / "etc");
  fs::create_directory_symlink(outside, tree_ / "tmp");
  fs::create_directory_symlink(outside, tree_ / "var/log");
  canonicalise(tree_, 0);
  EXPECT_EQ(testing::read_bytes(outside / "machine-id"), "precious");
  EXPECT_TRUE(fs::exists(outside / "ssh_host_rsa_key"));
}

TEST_F(Canonical, TimesComeFromPackagesAndTheLockAlone) {
  PathLedger ledger;
  for (const auto* name : {"old", "new", "changed"})
    write_bytes(tree_ / "usr" / name, "x");
  ledger.claim_file("usr/old", 0, 1000, "");
  ledger.claim_file("usr/new", 0, 9000, "");
  ledger.claim_file("usr/changed", 0, 1000, "");
  set_time(tree_ / "usr/old", 1000);
  set_time(tree_ / "usr/new", 9000);
  // A machine whose clock is far in the past wrote these.
  set_time(tree_ / "usr/changed", 77);
  write_bytes(tree_ / "made", "x");
  set_time(tree_ / "made", 77);
  fs::create_symlink("made", tree_ / "link");
  clamp_times(tree_, ledger, 5000);
  EXPECT_EQ(time_of(tree_ / "usr/old"), 1000);
  EXPECT_EQ(time_of(tree_ / "usr/new"), 5000);
  EXPECT_EQ(time_of(tree_ / "usr/changed"), 5000);
  EXPECT_EQ(time_of(tree_ / "made"), 5000);
  EXPECT_EQ(time_of(tree_ / "link"), 5000);
  EXPECT_EQ(time_of(tree_ / "usr"), 5000);
}

TEST_F(Canonical, LayersSplitAtTheEnvironment) {
  write_bytes(tree_ / "usr/bin/x", "x");
  write_bytes(tree_ / "opt/env/bin/y", "y");
  write_bytes(tree_ / "opt/envious", "z");
  std::string os;
  std::string python;
  write_layer(tree_, LayerKind::os, [&](std::string_view piece) { os.append(piece); });
  write_layer(tree_, LayerKind::python, [&](std::string_view piece) { python.append(piece); });
  EXPECT_NE(os.find("usr/bin/x"), std::string::npos);
  EXPECT_NE(os.find("opt/envious"), std::string::npos);
  EXPECT_EQ(os.find("opt/env/"), std::string::npos);
  EXPECT_EQ(python.substr(0, 9), std::string("opt/env/\0", 9));
  EXPECT_EQ(python.find("opt/envious"), std::string::npos);
  NoProgress progress;
  const auto layers = hash_layers(tree_, {LayerKind::os, LayerKind::python}, progress);
  EXPECT_EQ(layers.at(0).digest, sha256(os));
  EXPECT_EQ(layers.at(1).digest, sha256(python));
  EXPECT_EQ(layers.at(1).size, python.size());
}

TEST_F(Canonical, DeadBuildsAreRemovedAndLivingOnesKept) {
  const fs::path images = temporary_.path() / "images";
  write_bytes(images / ".building-dead/rootfs/x", "x");
  write_bytes(images / ".building-dead.lock", "");
  const BuildFolder living(images);
  write_bytes(living.path() / "file", "x");
  EXPECT_FALSE(fs::exists(images / ".building-dead"));
  EXPECT_FALSE(fs::exists(images / ".building-dead.lock"));
  const BuildFolder second(images);
  EXPECT_TRUE(fs::exists(living.path() / "file"));
  EXPECT_NE(living.path(), second.path());
}

TEST_F(Canonical, CommitKeepsTheImageThatWasFaster) {
  const fs::path images = temporary_.path() / "images";
  const Sha256 digest = sha256("image");
  for (const auto* text : {"first", "second"}) {
    BuildFolder folder(images);
    write_bytes(folder.path() / "file", text);
    EXPECT_EQ(folder.commit(digest), images / digest.hex());
  }
  EXPECT_TRUE(is_complete_image(images / digest.hex()));
  EXPECT_EQ(testing::read_bytes(images / digest.hex() / "file"), "first");
  for (const auto& entry : fs::directory_iterator(images))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".building")) << entry;
}

TEST(ConfigureOrder, PutsWhatIsNeededFirstAndCirclesByName) {
  const auto control = [](const std::string& name, const std::string& fields) {
    return parse_package_control("Package: " + name + "\nVersion: 1\nArchitecture: all\n" + fields, name);
  };
  const std::vector<PackageControl> packages{
      control("app", "Depends: mta, zlib | missing\n"),
      control("base-passwd", "Essential: yes\nDepends: libc\n"),
      control("exim", "Provides: mta\n"),
      control("gcc-base", ""),
      control("libc", "Depends: libgcc\n"),
      control("libgcc", "Depends: libc, gcc-base\n"),
      control("sed", "Essential: yes\nPre-Depends: libc\n"),
      control("zlib", ""),
  };
  std::vector<const PackageControl*> pointers;
  for (const auto& package : packages)
    pointers.push_back(&package);
  std::vector<std::string> names;
  const PackageGraph graph(pointers);
  for (const auto index : graph.order())
    names.push_back(packages[index].package);
  EXPECT_EQ(names, (std::vector<std::string>{"gcc-base", "libgcc", "libc", "base-passwd", "sed", "exim",
                                             "zlib", "app"}));
  const auto core = graph.core();
  EXPECT_TRUE(core[1] && core[3] && core[4] && core[5] && core[6]);
  EXPECT_FALSE(core[0] || core[2] || core[7]);
  EXPECT_TRUE(graph.pre_needed(6)[4]);
  EXPECT_EQ(graph.pre_needed(0), std::vector<bool>(packages.size()));
}

TEST(PackageControl, RefusesFieldsThatAreDpkgsOwn) {
  EXPECT_THROW(parse_package_control(
                   "Package: xy\nVersion: 1\nArchitecture: all\nStatus: install ok installed\n", "x"),
               Error);
  EXPECT_THROW(parse_package_control("Package: ../x\nVersion: 1\nArchitecture: all\n", "x"), Error);
  EXPECT_THROW(parse_package_control("Package: xy\nVersion: 1\nArchitecture: ../all\n", "x"), Error);
  EXPECT_THROW(parse_package_control("Package: xy\nVersion: 1\nArchitecture: all\n\nPackage: yz\n", "x"),
               Error);
}

}  // namespace
}  // namespace mlrepro
