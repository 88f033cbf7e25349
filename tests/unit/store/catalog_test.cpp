#include "store/catalog.hpp"

#include <gtest/gtest.h>

#include "adapters/sqlite/database.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

RunRecord sample(const std::string& id, const std::string& name, const std::string& started) {
  RunRecord record;
  record.id = id;
  record.name = name;
  record.lock_id = sha256("lock").tagged();
  record.image = sha256("image").tagged();
  record.command = {"python3", "train.py"};
  record.environment = {{"A", "1"}, {"B", "two words"}};
  record.workdir = "/app";
  record.network = "none";
  record.determinism = "off";
  record.container = RecordedContainer{{{"data", "/app/data", true}, {".", "/app", false}},
                                       "1000:100",
                                       std::uint64_t{1} << 26,
                                       true,
                                       "device=0,1",
                                       {"127.0.0.1:8080:80", "53:53/udp"},
                                       {"nofile=128:256", "core=0:-1"},
                                       std::uint64_t{1} << 30,
                                       1.5};
  record.unlocked_inputs = {{"/usr/lib/libcuda.so.535.1", 5, sha256("driver")}};
  record.health = RecordedHealth{"unhealthy", 4, 3, "exit status 1: no"};
  record.source = RecordedSource{"0123", true, sha256("diff"), ""};
  record.started = started;
  record.seconds = 1.5;
  record.exit_status = 3;
  record.outputs = {{"output/w", 3, sha256("w")}};
  record.missing_outputs = {"model/**"};
  record.log = std::string("a\0b", 3);
  return record;
}

TEST(Catalog, GivesBackWhatWasPut) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  Catalog catalog(folder.path() / "records.db");
  const RunRecord record = sample("00112233445566778899aabbccddeeff", "first", "2026-01-01T00:00:00Z");
  catalog.put(record);
  EXPECT_EQ(to_json(Catalog(folder.path() / "records.db").find("0011"), true), to_json(record, true));
  EXPECT_EQ(to_json(parse_run_record(to_json(record, true), "r"), true), to_json(record, true));
}

TEST(Catalog, RecordsOfTheFirstSchemaStay) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  const auto file = folder.path() / "records.db";
  {
    Database database(file);
    database.execute(read_file(std::filesystem::path(MLREPRO_FIXTURES) / "store/schema-1.sql"));
    database.execute(
        "INSERT INTO runs VALUES ('aaaa0000000000000000000000000000', 'old', 'sha256:l', 'sha256:i', '/app', "
        "'none', 'off', '2026-01-01T00:00:00Z', 1.5, 0, 'log', NULL, NULL, NULL, NULL, 'Linux', 'x86_64', "
        "'cpu', 2, 4096, 'crun 1.8');"
        "INSERT INTO run_arguments VALUES ('aaaa0000000000000000000000000000', 0, 'true');"
        "PRAGMA user_version = 1");
  }
  Catalog catalog(file);
  const RunRecord old = catalog.find("old");
  EXPECT_EQ(old.command, std::vector<std::string>{"true"});
  EXPECT_EQ(old.log, "log");
  EXPECT_FALSE(old.container);
  EXPECT_EQ(to_json(parse_run_record(to_json(old, true), "r"), true), to_json(old, true));
  const RunRecord now = sample("bbbb0000000000000000000000000000", "new", "2026-01-02T00:00:00Z");
  catalog.put(now);
  EXPECT_EQ(to_json(Catalog(file).find("new"), true), to_json(now, true));
}

TEST(Catalog, RecordsOfTheSecondSchemaStay) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  const auto file = folder.path() / "records.db";
  {
    Database database(file);
    database.execute(read_file(std::filesystem::path(MLREPRO_FIXTURES) / "store/schema-2.sql"));
    database.execute(
        "INSERT INTO runs VALUES ('aaaa0000000000000000000000000000', 'old', 'sha256:l', 'sha256:i', '/app', "
        "'none', 'off', '2026-01-01T00:00:00Z', 1.5, 0, 'log', NULL, NULL, NULL, NULL, 'Linux', 'x86_64', "
        "'cpu', 2, 4096, 'crun 1.8', '1000', 65536, 1);"
        "INSERT INTO run_mounts VALUES ('aaaa0000000000000000000000000000', 0, '.', '/app', 1);"
        "PRAGMA user_version = 2");
  }
  Catalog catalog(file);
  const RunRecord old = catalog.find("old");
  ASSERT_TRUE(old.container);
  EXPECT_EQ(old.container->user, "1000");
  EXPECT_EQ(old.container->shm_size, 65536U);
  EXPECT_EQ(old.container->gpus, "none");
  EXPECT_TRUE(old.container->read_only && old.container->ports.empty() && !old.container->memory);
  EXPECT_EQ(to_json(parse_run_record(to_json(old, true), "r"), true), to_json(old, true));
  const RunRecord now = sample("bbbb0000000000000000000000000000", "new", "2026-01-02T00:00:00Z");
  catalog.put(now);
  EXPECT_EQ(to_json(Catalog(file).find("new"), true), to_json(now, true));
}

TEST(Catalog, FindsByPrefixNameAndLatest) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  Catalog catalog(folder.path() / "records.db");
  catalog.put(sample("aaaa0000000000000000000000000000", "old", "2026-01-01T00:00:00Z"));
  catalog.put(sample("aaaa1111111111111111111111111111", "new", "2026-01-02T00:00:00Z"));
  EXPECT_EQ(catalog.find("latest").name, "new");
  EXPECT_EQ(catalog.find("latest~1").name, "old");
  EXPECT_EQ(catalog.find("old").id.substr(4, 4), "0000");
  EXPECT_EQ(catalog.find("aaaa1").name, "new");
  const auto code_of = [&](const std::string& run) {
    try {
      (void)catalog.find(run);
    } catch (const Error& error) {
      return error.code();
    }
    return std::string("found");
  };
  EXPECT_EQ(code_of("aaaa"), "ambiguous-run");
  EXPECT_EQ(code_of("latest~2"), "no-run");
  EXPECT_EQ(code_of("nwe"), "no-run");
}

TEST(Catalog, ANameBelongsToOneRun) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  Catalog catalog(folder.path() / "records.db");
  catalog.put(sample("aaaa0000000000000000000000000000", "same", "2026-01-01T00:00:00Z"));
  EXPECT_THROW(catalog.put(sample("bbbb0000000000000000000000000000", "same", "2026-01-01T00:00:00Z")),
               Error);
  EXPECT_EQ(catalog.list().size(), 1U);
}

}  // namespace
}  // namespace mlrepro
