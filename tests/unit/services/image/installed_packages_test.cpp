#include "services/image/installed_packages.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro {
namespace {

std::string stanza(const std::string& name, const std::string& state, const std::string& more = {}) {
  return "Package: " + name + "\nStatus: install ok " + state + "\nArchitecture: amd64\nVersion: 1\n" + more +
         "\n";
}

TEST(InstalledPackages, TakesWhatIsInstalledAndSortsIt) {
  const auto found = parse_installed(stanza("bb", "installed", "Depends: a,\n c\nConffiles:\n /etc/bb 00\n") +
                                     stanza("aa", "triggers-pending") + stanza("cc", "config-files"));
  ASSERT_EQ(found.packages.size(), 2U);
  EXPECT_EQ(found.packages[0].name, "aa");
  EXPECT_EQ(found.packages[1].name, "bb");
  EXPECT_NE(found.stanzas.find("Depends: a,  c\n"), std::string::npos);
  EXPECT_EQ(found.stanzas.find("Conffiles"), std::string::npos);
  EXPECT_EQ(found.stanzas.find("Package: cc"), std::string::npos);
}

TEST(InstalledPackages, RefusesWhatDpkgLeftHalfDone) {
  for (const std::string state : {"half-installed", "unpacked", "half-configured", "nonsense"})
    EXPECT_THROW((void)parse_installed(stanza("aa", state)), Error) << state;
  EXPECT_THROW((void)parse_installed("Package: aa\nVersion: 1\nArchitecture: all\n"), Error);
  EXPECT_THROW((void)parse_installed(stanza("A/..", "installed")), Error);
  EXPECT_THROW((void)parse_installed(stanza("aa", "installed") + stanza("aa", "installed")), Error);
}

}  // namespace
}  // namespace mlrepro
