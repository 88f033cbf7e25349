#include "documents/config/manifest.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro {
namespace {

Manifest parse(const std::string& text) {
  return parse_manifest(text, "mlrepro.toml", "/project");
}

std::string refusal(const std::string& text) {
  try {
    (void)parse(text);
  } catch (const Error& error) {
    return error.message() + " | " + error.hint();
  }
  return "accepted";
}

TEST(Manifest, UnknownKeyNamesFileLineAndNearestKey) {
  EXPECT_EQ(refusal("[os]\nsuite = \"bookworm\"\npackges = []\n"),
            "mlrepro.toml:3: unknown key \"packges\" in [os] | did you mean \"packages\"?");
}

TEST(Manifest, WrongTypeAndWrongValueAreRefused) {
  EXPECT_NE(refusal("[os]\nsuite = 12\n").find("os.suite must be a string"), std::string::npos);
  EXPECT_NE(refusal("[os]\nsuite = \"x\"\nbase = \"essental\"\n").find("did you mean \"essential\""),
            std::string::npos);
  EXPECT_NE(refusal("[os]\nsuite = \"x\"\n[run]\nmounts = [\"data\"]\n").find("SOURCE:DESTINATION"),
            std::string::npos);
}

TEST(Manifest, ReformattingDoesNotMoveTheInputs) {
  const auto a = parse("[os]\nsuite='bookworm'\npackages=['b','a']\n[run]\ncommand=['x']\n");
  const auto b = parse("# note\n[os]\npackages = [\n \"a\",\n \"b\", ]\nsuite = \"bookworm\"\n");
  EXPECT_EQ(canonical_json(a.normalised()), canonical_json(b.normalised()));
}

TEST(Manifest, MountsTakeDockersForm) {
  const auto mount = parse_mount("./data:/app/data:ro");
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->source, "./data");
  EXPECT_EQ(mount->destination, "/app/data");
  EXPECT_TRUE(mount->read_only);
  EXPECT_FALSE(parse_mount("data:relative"));
}

}  // namespace
}  // namespace mlrepro
