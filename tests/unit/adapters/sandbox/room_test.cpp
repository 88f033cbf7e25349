#include "adapters/sandbox/room.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {
namespace fs = std::filesystem;

// The machine's own /bin and libraries, seen through links, make a root to run in.
class Room : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto* name : {"proc", "dev", "tmp", "run", "usr", "etc"})
      fs::create_directory(root_ / name);
    for (const auto* name : {"bin", "lib", "lib64", "sbin"}) {
      if (fs::exists(fs::path("/") / name))
        fs::create_directory_symlink(fs::path("usr") / name, root_ / name);
    }
    if (::geteuid() != 0 ||
        ::mount("/usr", (root_ / "usr").c_str(), nullptr, MS_BIND | MS_RDONLY, nullptr) != 0) {
      GTEST_SKIP() << "needs root that may mount";
    }
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) ::umount2((root_ / "usr").c_str(), MNT_DETACH);
  }
  int run(const std::string& script, const std::string& input = {}) {
    return run_in_room({root_, {"/bin/sh", "-c", script}, {"PATH=/usr/bin:/usr/sbin", "A=b"}, input, log_});
  }
  std::string log() { return testing::read_bytes(log_); }

  TemporaryDirectory temporary_{fs::temp_directory_path(), "room"};
  fs::path root_ = [&] {
    fs::create_directory(temporary_.path() / "root");
    return temporary_.path() / "root";
  }();
  fs::path log_ = temporary_.path() / "log";
  bool mounted_ = false;
};

TEST_F(Room, GivesStatusOutputAndInput) {
  EXPECT_EQ(run("cat; echo to-error >&2; exit 7", "from input\n"), 7);
  EXPECT_EQ(log(), "from input\nto-error\n");
  EXPECT_EQ(run("kill -TERM $$"), 128 + 15);
}

TEST_F(Room, LooksTheSameEverywhere) {
  EXPECT_EQ(run("uname -n; umask; pwd; env | grep -v ^_ | sort; id -u; ls /dev; ls -A /tmp /run; echo x > "
                "/dev/null; head -c 3 /dev/zero | wc -c"),
            0);
  EXPECT_EQ(log(),
            "mlrepro\n0022\n/\nA=b\nPATH=/usr/bin:/usr/sbin\nPWD=/\n0\n"
            "fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n/"
            "run:\nlock\n\n/tmp:\n3\n");
}

TEST_F(Room, HasNoNetworkAndNoProcessOfTheHost) {
  EXPECT_EQ(run("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; ls -d /proc/[0-9]* | wc -l | xargs test "
                "6 -gt"),
            0);
  EXPECT_EQ(log(), "lo\n");
}

TEST_F(Room, EndsWhatItsCommandLeftRunning) {
  EXPECT_EQ(run("sleep 1000 & echo started"), 0);
  EXPECT_EQ(log(), "started\n");
}

TEST_F(Room, CannotMakeDevicesOrMount) {
  EXPECT_NE(run("mknod /tmp/sda b 8 0"), 0);
  EXPECT_NE(run("mount -t tmpfs none /etc"), 0);
}

TEST_F(Room, NeverMountsOutsideThroughALinkInTheTree) {
  fs::create_directory(temporary_.path() / "outside");
  fs::remove(root_ / "run");
  fs::create_directory_symlink("../outside", root_ / "run");
  // Inside the root the link leads nowhere, so the room cannot be furnished.
  EXPECT_THROW(run("true"), Error);
  EXPECT_TRUE(fs::is_empty(temporary_.path() / "outside"));
}

TEST_F(Room, TellsWhatCannotBeExecuted) {
  try {
    (void)run_in_room({root_, {"/usr/bin/no-such-program"}, {}, {}, log_});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "cannot-execute");
  }
}

}  // namespace
}  // namespace mlrepro
