#include <gmock/gmock.h>

#include "fake_index.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class PythonDirectTest : public PythonResolverTest {
 protected:
  PythonDirect& direct(const std::string& name, const std::string& version,
                       std::vector<std::string> requires_dist = {}) {
    PythonDirect& made = request.direct[name];
    made.url = "git+https://host.test/" + name + "@main";
    made.source = "git";
    made.metadata.name = name;
    made.metadata.version = *python::Version::parse(version);
    made.metadata.requires_dist = std::move(requires_dist);
    made.metadata.provides_extra = {"more"};
    made.file = {name + "-" + version + ".tar", 10240, sha256(name + version)};
    made.origin.vcs = VcsPin{"https://host.test/" + name, std::string(40, 'a'), std::string(40, 'b')};
    return made;
  }
};

TEST_F(PythonDirectTest, IsTheOneCandidateAndNoIndexIsAsked) {
  direct("lib", "1.0", {"dep>=1", "opt ; extra == 'more'"});
  index.add("lib", "9.0");
  index.add("dep", "1.5");
  index.add("opt", "1");
  const auto found = solution({"lib[more] @ git+https://host.test/lib@main", "lib>=0.5"});
  ASSERT_EQ(found.packages.size(), 3U);
  const PythonPackage& package = found.packages[1];
  EXPECT_EQ(package.name, "lib");
  EXPECT_EQ(package.version, "1.0");
  EXPECT_EQ(package.source, "git");
  EXPECT_EQ(package.file.name, "lib-1.0.tar");
  EXPECT_EQ(package.file.size, 10240U);
  EXPECT_EQ(package.origin->vcs->url, "https://host.test/lib");
  EXPECT_TRUE(package.requested);
  EXPECT_EQ(std::count(index.asked.begin(), index.asked.end(), "lib"), 0);
}

TEST_F(PythonDirectTest, AVersionThatDoesNotMeetOthersIsAConflict) {
  direct("lib", "1.0");
  index.add("app", "1", {"lib>=2"});
  const auto entry = refused({"lib @ git+https://host.test/lib@main", "app"});
  EXPECT_THAT(entry.message, HasSubstr("lib>=2"));
  EXPECT_THAT(refused({"lib @ git+https://host.test/lib@main", "lib<1"}).message, HasSubstr("lib<1"));
}

TEST_F(PythonDirectTest, AnIndexMayNameTheSamePlaceAndNoOther) {
  direct("lib", "1.0");
  index.add("same", "1", {"lib @ git+https://me:secret@host.test/lib@main"});
  index.add("other", "1", {"lib @ git+https://host.test/lib@dev"});
  EXPECT_THAT(versions({"lib @ git+https://host.test/lib@main", "same"}),
              ElementsAre(Pair("lib", "1.0"), Pair("same", "1")));
  const auto entry = refused({"lib @ git+https://host.test/lib@main", "other"});
  EXPECT_THAT(entry.message, HasSubstr("git+https://host.test/lib@dev"));
  request.direct.clear();
  index.add("lib", "1");
  EXPECT_THAT(refused({"same"}).message, HasSubstr("not followed"));
  EXPECT_THAT(refused({"same"}).message, ::testing::Not(HasSubstr("secret")));
}

TEST_F(PythonDirectTest, ConstraintsAndHashesCount) {
  direct("lib", "1.0");
  request.constraints = {"lib<1"};
  refused({"lib @ git+https://host.test/lib@main"});
  request.constraints.clear();
  request.hashes["lib"] = {sha256("another")};
  refused({"lib @ git+https://host.test/lib@main"});
}

}  // namespace
}  // namespace mlrepro
