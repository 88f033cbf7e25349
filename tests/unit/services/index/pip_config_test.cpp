#include "services/index/pip_config.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"

namespace mlrepro {
namespace {

namespace fs = std::filesystem;

class PipConfig : public testing::Test {
 protected:
  fs::path write(const fs::path& name, std::string_view text) const {
    write_file_atomically(folder_.path() / name, text);
    return folder_.path() / name;
  }
  [[nodiscard]] PipPlaces places() const {
    PipPlaces places;
    places.home = folder_.path() / "home";
    places.system = folder_.path() / "etc";
    return places;
  }

  TemporaryDirectory folder_{fs::temp_directory_path()};
};

TEST_F(PipConfig, ReadsKeysCommentsAndContinuedValues) {
  const auto values = parse_pip_config(
      "# c\n[global]\nIndex_URL = https://index.example.org/simple\n; c\ntimeout: 60\ntrusted-host =\n  a\n  "
      "b\n[install]\nbroken\n");
  EXPECT_EQ(values.at("global.index-url"), "https://index.example.org/simple");
  EXPECT_EQ(values.at("global.timeout"), "60");
  EXPECT_EQ(values.at("global.trusted-host"), "a\nb");
  EXPECT_EQ(values.size(), 3U);
  for (const char* odd : {"", "[", "[]", "[]\n=", "x=y", "[a]\n=b", " x"})
    EXPECT_NO_THROW((void)parse_pip_config(odd)) << odd;
}

TEST_F(PipConfig, LaterFilesAndTheInstallSectionWin) {
  EXPECT_FALSE(configured_index(pip_config_files(places())));
  write("etc/pip.conf", "[global]\nindex-url = https://system.example.org\n");
  EXPECT_EQ(configured_index(pip_config_files(places())), "https://system.example.org");
  write("home/.config/pip/pip.conf", "[global]\nindex-url = https://user.example.org\n");
  EXPECT_EQ(configured_index(pip_config_files(places())), "https://user.example.org");
  write("etc/xdg/pip/pip.conf", "[install]\nindex-url = https://install.example.org\n");
  EXPECT_EQ(configured_index(pip_config_files(places())), "https://install.example.org");
}

TEST_F(PipConfig, NamedFileReplacesTheUsersAndDevNullSwitchesOff) {
  write("home/.pip/pip.conf", "[global]\nindex-url = https://user.example.org\n");
  auto named = places();
  named.config_file = (folder_.path() / "named.conf").string();
  EXPECT_EQ(configured_index(pip_config_files(named)), "https://user.example.org");
  write("named.conf", "[global]\ntimeout = 1\n");
  EXPECT_FALSE(configured_index(pip_config_files(named)));
  named.config_file = "/dev/null";
  EXPECT_TRUE(pip_config_files(named).empty());
}

TEST_F(PipConfig, XdgFolderReplacesDotConfig) {
  auto xdg = places();
  xdg.config_home = folder_.path() / "xdg";
  write("home/.config/pip/pip.conf", "[global]\nindex-url = https://wrong.example.org\n");
  write("xdg/pip/pip.conf", "[global]\nindex-url = https://right.example.org\n");
  EXPECT_EQ(configured_index(pip_config_files(xdg)), "https://right.example.org");
}

}  // namespace
}  // namespace mlrepro
