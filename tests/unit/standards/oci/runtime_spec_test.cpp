#include "standards/oci/runtime_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/golden.hpp"

namespace mlrepro::oci {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::IsSupersetOf;
using ::testing::Not;

RuntimeSpec training() {
  RuntimeSpec spec;
  spec.arguments = {"python3", "train.py", "--epochs", "3"};
  spec.environment = {{"LANG", "C.UTF-8"}, {"PATH", "/usr/bin"}, {"SEED", "a=b"}};
  spec.workdir = "/app";
  spec.machine = "x86_64";
  spec.mounts = {{"/srv/mine/project", "/app", true}, {"/srv/mine/project/output", "/app/output", false}};
  return spec;
}

std::vector<std::string> texts(const Json& list) {
  return list.get<std::vector<std::string>>();
}

std::set<std::string> namespaces(const RuntimeSpec& spec) {
  std::set<std::string> types;
  const Json json = to_json(spec);
  for (const auto& item : json["linux"]["namespaces"])
    types.insert(item["type"].get<std::string>());
  return types;
}

Json mount_at(const RuntimeSpec& spec, const std::string& destination) {
  const Json json = to_json(spec);
  for (const auto& mount : json["mounts"]) {
    if (mount["destination"] == destination) return mount;
  }
  return nullptr;
}

// What the OCI runtime specification 1.0.2 demands (config.md and config-linux.md), key by key.
void expect_valid(const RuntimeSpec& spec) {
  const Json json = to_json(spec);
  EXPECT_EQ(json["ociVersion"], "1.0.2");
  EXPECT_FALSE(json["root"]["path"].get<std::string>().empty());
  EXPECT_TRUE(json["root"]["readonly"].is_boolean());
  const Json& process = json["process"];
  EXPECT_FALSE(process["args"].empty());
  EXPECT_TRUE(process["cwd"].get<std::string>().starts_with('/'));
  EXPECT_TRUE(process["user"]["uid"].is_number_unsigned());
  EXPECT_TRUE(process["user"]["gid"].is_number_unsigned());
  for (const auto& variable : texts(process["env"]))
    EXPECT_GT(variable.find('='), 0U) << variable;
  for (const char* set : {"bounding", "effective", "permitted"}) {
    const auto names = texts(process["capabilities"][set]);
    EXPECT_THAT(names, Each(::testing::StartsWith("CAP_")));
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  }
  // More may be permitted than the bounding set holds in no container.
  EXPECT_THAT(texts(process["capabilities"]["bounding"]),
              IsSupersetOf(texts(process["capabilities"]["effective"])));
  std::set<std::string> destinations;
  for (const auto& mount : json["mounts"]) {
    const auto destination = mount["destination"].get<std::string>();
    EXPECT_TRUE(destination.starts_with('/')) << destination;
    EXPECT_TRUE(destinations.insert(destination).second) << destination;
    EXPECT_TRUE(mount["type"].is_string() && mount["source"].is_string());
    EXPECT_FALSE(texts(mount["options"]).empty());
  }
  std::set<std::string> types;
  for (const auto& item : json["linux"]["namespaces"]) {
    const auto type = item["type"].get<std::string>();
    EXPECT_THAT((std::set<std::string>{"pid", "network", "mount", "ipc", "uts", "user", "cgroup"}),
                Contains(type));
    EXPECT_TRUE(types.insert(type).second) << "twice: " << type;
  }
  // A host name needs a UTS namespace of its own, or it would be the machine's.
  EXPECT_THAT(types, Contains("uts"));
  for (const char* list : {"maskedPaths", "readonlyPaths"})
    EXPECT_THAT(texts(json["linux"][list]), Each(::testing::StartsWith("/")));
}

// The filter of system calls is long, and has tests of its own.
std::string without_filter(const RuntimeSpec& spec) {
  Json json = to_json(spec);
  EXPECT_FALSE(json["linux"]["seccomp"]["syscalls"].empty());
  json["linux"].erase("seccomp");
  return pretty_json(json);
}

TEST(RuntimeSpec, IsTheGolden) {
  MLREPRO_EXPECT_GOLDEN("oci/config.json", without_filter(training()));
}

TEST(RuntimeSpec, InAUserNamespaceWithTheHostsNetworkIsTheGolden) {
  RuntimeSpec spec = training();
  spec.in_user_namespace = spec.host_network = spec.terminal = spec.read_only = true;
  spec.uid = 1000;
  spec.gid = 100;
  spec.shm_size = 4096;
  MLREPRO_EXPECT_GOLDEN("oci/config-user.json", without_filter(spec));
}

TEST(RuntimeSpec, FitsTheSpecificationInEveryForm) {
  for (int form = 0; form < 16; ++form) {
    RuntimeSpec spec = training();
    spec.host_network = (form & 1) != 0;
    spec.in_user_namespace = (form & 2) != 0;
    spec.terminal = (form & 4) != 0;
    spec.read_only = (form & 8) != 0;
    expect_valid(spec);
  }
}

TEST(RuntimeSpec, NetworkIsOffUnlessItIsTheHosts) {
  RuntimeSpec spec = training();
  EXPECT_THAT(namespaces(spec), Contains("network"));
  spec.host_network = true;
  EXPECT_THAT(namespaces(spec), Not(Contains("network")));
}

TEST(RuntimeSpec, MountsKeepTheirOrderAndModeAfterTheSystemsOwn) {
  const Json mounts = to_json(training())["mounts"];
  const Json project = mounts[mounts.size() - 2];
  EXPECT_EQ(project["destination"], "/app");
  EXPECT_EQ(project["source"], "/srv/mine/project");
  EXPECT_THAT(texts(project["options"]), Contains("ro"));
  const Json output = mounts[mounts.size() - 1];
  EXPECT_EQ(output["destination"], "/app/output");
  EXPECT_THAT(texts(output["options"]), Contains("rw"));
  EXPECT_THAT(texts(output["options"]), Not(Contains("ro")));
}

TEST(RuntimeSpec, NothingGainsPrivileges) {
  const Json process = to_json(training())["process"];
  EXPECT_EQ(process["noNewPrivileges"], true);
  for (const char* set : {"bounding", "effective", "permitted"}) {
    for (const char* capability :
         {"CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_PTRACE", "CAP_NET_ADMIN", "CAP_SYS_RAWIO"})
      EXPECT_THAT(texts(process["capabilities"][set]), Not(Contains(capability)));
  }
}

TEST(RuntimeSpec, AnotherUserThanRootHasNoCapabilityInEffect) {
  RuntimeSpec spec = training();
  const Json before = to_json(spec)["process"]["capabilities"];
  EXPECT_EQ(before["effective"], before["bounding"]);
  spec.uid = 1000;
  const Json after = to_json(spec)["process"]["capabilities"];
  EXPECT_EQ(after["bounding"], before["bounding"]);
  EXPECT_TRUE(after["effective"].empty() && after["permitted"].empty());
}

TEST(RuntimeSpec, SharedMemoryHasTheSizeAskedFor) {
  RuntimeSpec spec = training();
  EXPECT_THAT(texts(mount_at(spec, "/dev/shm")["options"]), Contains("size=67108864"));
  spec.shm_size = std::uint64_t{2} << 30;
  EXPECT_THAT(texts(mount_at(spec, "/dev/shm")["options"]), Contains("size=2147483648"));
}

TEST(RuntimeSpec, UserNamespaceAsksForNothingItCannotHave) {
  RuntimeSpec spec = training();
  EXPECT_THAT(texts(mount_at(spec, "/dev/pts")["options"]), Contains("gid=5"));
  spec.in_user_namespace = true;
  EXPECT_THAT(texts(mount_at(spec, "/dev/pts")["options"]), Not(Contains("gid=5")));
  EXPECT_EQ(mount_at(spec, "/sys")["type"], "sysfs");
  spec.host_network = true;
  EXPECT_EQ(mount_at(spec, "/sys")["source"], "/sys");
}

}  // namespace
}  // namespace mlrepro::oci
