#include "services/index/debian_index.hpp"
#include "services/index/debian_places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "support/openpgp_key.hpp"

namespace mlrepro {
namespace {

using test::OpenpgpKey;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string rfc2822(UnixTime time) {
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string iso = format_rfc3339(time);
  return "Mon, " + iso.substr(8, 2) + " " + months.at(std::stoul(iso.substr(5, 2)) - 1) + " " +
         iso.substr(0, 4) + " " + iso.substr(11, 8) + " UTC";
}

const std::string deb_sha(64, 'd');

std::string stanza(const std::string& name, const std::string& version = "1.0-1") {
  return "Package: " + name + "\nVersion: " + version + "\nArchitecture: amd64\nFilename: pool/" + name +
         ".deb\nSize: 77\nSHA256: " + deb_sha + "\n\n";
}

// An archive in a folder, served as file:.
struct Archive {
  fs::path root;
  const OpenpgpKey* key = nullptr;
  std::string origin = "Debian";
  std::string label = "Debian";
  std::string suite = "stable";
  UnixTime date = now() - 3600;
  std::optional<UnixTime> valid_until = now() + 86400;
  bool by_hash = true;
  bool all_separate = false;

  [[nodiscard]] fs::path folder() const { return root / "dists" / suite; }
  [[nodiscard]] std::string release(const std::vector<std::pair<std::string, std::string>>& files) const {
    std::string text = "Origin: " + origin + "\nLabel: " + label + "\nSuite: oldstable\nCodename: " + suite +
                       "\nDate: " + rfc2822(date) + "\n";
    if (valid_until) text += "Valid-Until: " + rfc2822(*valid_until) + "\n";
    if (by_hash) text += "Acquire-By-Hash: yes\n";
    text +=
        std::string("Architectures: ") + (all_separate ? "all " : "") + "amd64\nComponents: main\nSHA256:\n";
    for (const auto& [path, bytes] : files)
      text += " " + sha256(bytes).hex() + " " + std::to_string(bytes.size()) + " " + path + "\n";
    return text;
  }
  // Plain Packages files, by hash alone where `by_hash`.
  void publish(const std::vector<std::pair<std::string, std::string>>& files) const {
    for (const auto& [path, bytes] : files) {
      const fs::path file = folder() / path;
      write_file_atomically(by_hash ? file.parent_path() / "by-hash/SHA256" / sha256(bytes).hex() : file,
                            bytes);
    }
    write_file_atomically(folder() / "InRelease", key->clearsign(release(files)));
  }
  [[nodiscard]] DebianSource source() const {
    return {"file://" + root.string(), suite, {"main"}, {key->public_key(true)}};
  }
};

const std::string main_path = "main/binary-amd64/Packages";

class DebianArchive : public testing::Test {
 protected:
  [[nodiscard]] DebianIndex load(const std::vector<DebianSource>& sources) const {
    HttpClient client;
    NoProgress progress;
    return load_debian_index(sources, "amd64", client, store, cache, progress);
  }
  // The code of the error that loading ends with.
  [[nodiscard]] std::string failure(const std::vector<DebianSource>& sources,
                                    std::string* message = nullptr) const {
    try {
      (void)load(sources);
      return "none";
    } catch (const Error& error) {
      if (message != nullptr) *message = error.message();
      return error.code();
    }
  }
  void flip(const fs::path& file, const std::string& from, const std::string& to) const {
    std::string bytes = read_file(file);
    bytes.replace(bytes.find(from), from.size(), to);
    write_file_atomically(file, bytes);
  }
  [[nodiscard]] OsSection section(const DebianIndex& index) const {
    OsSection os;
    os.releases = index.releases;
    OsPackage& package = os.packages.emplace_back();
    package.name = "aa";
    package.version = "1.0-1";
    package.architecture = "amd64";
    package.source = "debian stable";
    package.path = "pool/aa.deb";
    package.size = 77;
    package.sha256 = *Sha256::parse(deb_sha);
    return os;
  }

  TemporaryDirectory folder{testing::TempDir()};
  BlobStore store{folder.path() / "store"};
  fs::path cache = folder.path() / "releases";
  OpenpgpKey key;
  Archive archive{folder.path() / "archive", &key};
};

TEST_F(DebianArchive, IsLoadedByHashAndKept) {
  archive.publish({{main_path, stanza("aa")}});
  const auto index = load({archive.source()});
  ASSERT_EQ(index.releases.size(), 1U);
  const auto& release = index.releases[0];
  EXPECT_EQ(release.source, "debian stable");
  EXPECT_EQ(release.suite, "stable");
  EXPECT_EQ(release.date, format_rfc3339(archive.date));
  EXPECT_THAT(release.signed_by, ElementsAre(key.fingerprint()));
  EXPECT_EQ(release.indexes.at(0).path, main_path);
  EXPECT_EQ(read_file(index.files.at(0).path), stanza("aa"));
  EXPECT_TRUE(store.contains(release.sha256, release.size));

  fs::remove_all(archive.folder() / "main");  // what is kept is not fetched again
  EXPECT_EQ(load({archive.source()}).releases[0].sha256, release.sha256);
}

TEST_F(DebianArchive, WithoutByHashTheNamedFileIsTaken) {
  archive.by_hash = false;
  archive.publish({{main_path, stanza("aa")}});
  EXPECT_EQ(load({archive.source()}).files.size(), 1U);
}

TEST_F(DebianArchive, PackagesForAllArchitecturesMayStandApart) {
  archive.all_separate = true;
  archive.publish({{main_path, stanza("aa")}, {"main/binary-all/Packages", stanza("bb")}});
  EXPECT_EQ(load({archive.source()}).files.size(), 2U);
}

TEST_F(DebianArchive, TwoMirrorsGiveOneRelease) {
  archive.publish({{main_path, stanza("aa")}});
  DebianSource mirror = archive.source();
  fs::create_directory_symlink(archive.root, folder.path() / "mirror");
  mirror.uri = "file://" + (folder.path() / "mirror").string();
  const auto index = load({mirror, archive.source()});
  EXPECT_EQ(index.releases.size(), 1U);
  EXPECT_EQ(index.files.size(), 1U);
  EXPECT_THAT(archives_of(index.releases.front(), {mirror, archive.source()}),
              ElementsAre(mirror.uri, archive.source().uri));
}

TEST_F(DebianArchive, ThirdPartiesUnderTheSameSuiteAreLeftOut) {
  archive.publish({{main_path, stanza("aa")}});
  Archive other = archive;
  other.root = folder.path() / "other";
  other.origin = other.label = "Tool Makers";
  other.publish({{main_path, stanza("bb")}});
  DebianSource third = other.source();
  DebianSource own = archive.source();
  DebianSource gone = other.source();
  gone.uri += "/not-there";
  EXPECT_EQ(load({third, own}).releases.size(), 2U);  // named by the manifest
  third.origin = own.origin = gone.origin = "debian";
  const auto index = load({third, gone, own});
  ASSERT_EQ(index.releases.size(), 1U);
  EXPECT_EQ(index.releases[0].source, "debian stable");
  EXPECT_EQ(index.files.size(), 1U);
  EXPECT_EQ(load({third}).releases.at(0).source, "tool makers stable");
}

TEST_F(DebianArchive, AChangedReleaseIsRefused) {
  archive.publish({{main_path, stanza("aa")}});
  flip(archive.folder() / "InRelease", "Label: Debian", "Label: Debiam");
  std::string message;
  EXPECT_EQ(failure({archive.source()}, &message), "signature");
  EXPECT_THAT(message, HasSubstr("InRelease of stable"));
}

TEST_F(DebianArchive, AReleaseWithoutSignatureIsRefused) {
  archive.publish({{main_path, stanza("aa")}});
  write_file_atomically(archive.folder() / "InRelease", archive.release({{main_path, stanza("aa")}}));
  EXPECT_EQ(failure({archive.source()}), "signature");
}

TEST_F(DebianArchive, AnotherKeyIsRefused) {
  archive.publish({{main_path, stanza("aa")}});
  DebianSource source = archive.source();
  source.keyrings = {OpenpgpKey().public_key(true)};
  std::string message;
  EXPECT_EQ(failure({source}, &message), "signature");
  EXPECT_THAT(message, HasSubstr("is not in the keyring"));
  source.keyrings = {};
  EXPECT_EQ(failure({source}), "signature");
  source = archive.source();
  source.only_keys = {std::string(40, 'A')};
  EXPECT_EQ(failure({source}), "signature");
}

TEST_F(DebianArchive, StaleAndFutureReleasesAreRefused) {
  archive.valid_until = now() - 60;
  archive.publish({{main_path, stanza("aa")}});
  EXPECT_EQ(failure({archive.source()}), "expired");
  archive.valid_until = std::nullopt;
  archive.date = now() + 10 * 86400;
  archive.publish({{main_path, stanza("aa")}});
  EXPECT_EQ(failure({archive.source()}), "not-yet-valid");
}

TEST_F(DebianArchive, AnOlderReleaseThanTheLockedOneIsRefused) {
  archive.publish({{main_path, stanza("aa")}});
  const auto before = load({archive.source()}).releases;
  archive.date -= 3600;
  archive.publish({{main_path, stanza("aa")}});
  HttpClient client;
  NoProgress progress;
  try {
    (void)load_debian_index({archive.source()}, "amd64", client, store, cache, progress, before);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "replayed");
    EXPECT_THAT(error.message(), HasSubstr(before[0].date));
    EXPECT_THAT(error.message(), HasSubstr(format_rfc3339(archive.date)));
  }
  archive.date += 7200;
  archive.publish({{main_path, stanza("aa")}});
  EXPECT_EQ(
      load_debian_index({archive.source()}, "amd64", client, store, cache, progress, before).files.size(),
      1U);
}

TEST_F(DebianArchive, AnotherSuiteUnderThisNameIsRefused) {
  archive.publish({{main_path, stanza("aa")}});
  fs::copy(archive.folder(), archive.root / "dists/testing", fs::copy_options::recursive);
  DebianSource source = archive.source();
  source.suite = "testing";
  EXPECT_EQ(failure({source}), "wrong-suite");
  source.suite = "missing";
  EXPECT_EQ(failure({source}), "http-status");
}

TEST_F(DebianArchive, AChangedIndexIsRefused) {
  archive.publish({{main_path, stanza("aa")}});
  const fs::path index = archive.folder() / "main/binary-amd64/by-hash/SHA256" / sha256(stanza("aa")).hex();
  write_file_atomically(index, stanza("ab"));
  std::string message;
  EXPECT_EQ(failure({archive.source()}, &message), "hash-mismatch");
  EXPECT_THAT(message, HasSubstr(main_path));
  write_file_atomically(index, stanza("aa").substr(1));
  EXPECT_EQ(failure({archive.source()}), "hash-mismatch");
}

TEST_F(DebianArchive, AnArchitectureThatIsMissingIsNamed) {
  archive.publish({{"main/binary-arm64/Packages", stanza("aa")}});
  EXPECT_EQ(failure({archive.source()}), "no-index");
}

TEST_F(DebianArchive, TheChainOfALockIsGood) {
  archive.publish({{main_path, stanza("zz") + stanza("aa")}});
  const auto checks = check_debian_chain(section(load({archive.source()})), {archive.source()}, store);
  ASSERT_EQ(checks.size(), 3U);
  for (const auto& check : checks)
    EXPECT_TRUE(check.good) << check.subject << ": " << check.detail;
}

TEST_F(DebianArchive, AnOldLockIsGoodThoughItsKeyAndReleaseHaveExpired) {
  archive.publish({{main_path, stanza("aa")}});
  OsSection os = section(load({archive.source()}));
  constexpr UnixTime long_ago = 1700000000;
  const OpenpgpKey old({long_ago, 86400, false});
  archive.date = long_ago;
  archive.valid_until = long_ago + 60;
  const std::string in_release =
      old.clearsign(archive.release({{main_path, stanza("aa")}}), "SHA256", long_ago + 10);
  auto& release = os.releases.at(0);
  release.sha256 = store.put(in_release);
  release.size = in_release.size();
  release.date = format_rfc3339(long_ago);
  release.signed_by = {old.fingerprint()};
  DebianSource source = archive.source();
  source.keyrings = {old.public_key(true)};
  for (const auto& check : check_debian_chain(os, {source}, store))
    EXPECT_TRUE(check.good) << check.subject << ": " << check.detail;
}

TEST_F(DebianArchive, TheChainNamesWhatDoesNotFit) {
  archive.publish({{main_path, stanza("aa")}});
  const OsSection good = section(load({archive.source()}));
  const auto bad_subjects = [&](const OsSection& os, const DebianSource& source) {
    std::vector<std::string> subjects;
    for (const auto& check : check_debian_chain(os, {source}, store))
      if (!check.good) subjects.push_back(check.subject);
    return subjects;
  };
  OsSection os = good;
  os.packages[0].size = 78;
  EXPECT_THAT(bad_subjects(os, archive.source()), ElementsAre("aa 1.0-1"));
  os = good;
  os.packages[0].sha256 = sha256("x");
  EXPECT_THAT(bad_subjects(os, archive.source()), ElementsAre("aa 1.0-1"));
  os = good;
  os.packages[0].source = "debian other";
  EXPECT_THAT(bad_subjects(os, archive.source()), ElementsAre("aa"));
  os = good;
  os.releases[0].indexes[0].sha256 = sha256("x");
  EXPECT_THAT(bad_subjects(os, archive.source()), ElementsAre(main_path + " of debian stable"));
  os = good;
  os.releases[0].date = "2020-01-01T00:00:00Z";
  EXPECT_THAT(bad_subjects(os, archive.source()), ElementsAre("InRelease of debian stable"));
  DebianSource other = archive.source();
  other.keyrings = {OpenpgpKey().public_key(true)};
  EXPECT_THAT(bad_subjects(good, other), ElementsAre("InRelease of debian stable"));
}

}  // namespace
}  // namespace mlrepro
