#include "standards/gpu/cdi_spec.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro::gpu {
namespace {

Json sample() {
  return Json::parse(R"({"cdiVersion": "0.6.0", "kind": "nvidia.com/gpu",
    "containerEdits": {"env": ["A=b=c"], "mounts": [{"hostPath": "/a//b/./c", "containerPath": "/lib/x.so"}],
      "hooks": [{"path": "/bin/h", "args": ["h", "create-symlinks", "--link", "x.so.1::/lib/x.so"]}]},
    "devices": [{"name": 0, "containerEdits": {"deviceNodes": [{"path": "/dev/nvidia0"}]}}]})");
}

TEST(CdiSpec, IsReadWithPathsMadeNormal) {
  const CdiSpec spec = parse_cdi_spec(sample(), "s");
  ASSERT_EQ(spec.devices.size(), 1U);
  EXPECT_EQ(spec.devices[0].name, "0");
  EXPECT_EQ(spec.devices[0].edits.devices.at(0).host, "/dev/nvidia0");
  EXPECT_EQ(spec.edits.mounts.at(0).host, "/a/b/c");
  EXPECT_EQ(spec.edits.environment.at(0).second, "b=c");
  EXPECT_EQ(spec.edits.links.at(0).link, "/lib/x.so");
  EXPECT_EQ(spec.edits.hooks, 1U);
}

TEST(CdiSpec, EveryKnownVersionIsTakenAndNoOther) {
  for (const char* version : {"0.3.0", "0.8.0", "1.0.0", "1.1.0"}) {
    Json spec = sample();
    spec["cdiVersion"] = version;
    EXPECT_NO_THROW((void)parse_cdi_spec(spec, "s")) << version;
  }
  for (const Json& version : {Json("0.2.0"), Json("1.2.0"), Json(1), Json(nullptr), Json("v1.0.0")}) {
    Json spec = sample();
    spec["cdiVersion"] = version;
    EXPECT_THROW((void)parse_cdi_spec(spec, "s"), Error) << version;
  }
}

TEST(CdiSpec, WhatLeadsElsewhereIsRefused) {
  const auto refused = [](const char* key, const char* path) {
    Json spec = sample();
    spec["containerEdits"]["mounts"][0][key] = path;
    EXPECT_THROW((void)parse_cdi_spec(spec, "s"), Error) << path;
  };
  for (const char* path : {"/", "//", "/.", "", "x", "/a/../b", "/.."}) {
    refused("containerPath", path);
    refused("hostPath", path);
  }
}

}  // namespace
}  // namespace mlrepro::gpu
