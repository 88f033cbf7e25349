#include "store/catalog.hpp"

#include <algorithm>

#include "adapters/sqlite/database.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "store/catalog_schema.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view columns =
    "id, name, lock_id, image, workdir, network, determinism, started, seconds, exit_status, source_commit, "
    "source_dirty, source_diff, source_remote, host_kernel, host_machine, host_cpu, host_cpus, host_memory, "
    "host_runtime, log, user, shm_size, read_only, gpus, memory, cpus, health, health_checks, health_fails, "
    "health_last";

RunRecord read_row(const Statement& row) {
  RunRecord record;
  record.id = row.text(0);
  record.name = row.text(1);
  record.lock_id = row.text(2);
  record.image = row.text(3);
  record.workdir = row.text(4);
  record.network = row.text(5);
  record.determinism = row.text(6);
  record.started = row.text(7);
  record.seconds = row.real(8);
  if (!row.is_null(9)) record.exit_status = static_cast<int>(row.number(9));
  if (!row.is_null(10)) {
    record.source = RecordedSource{row.text(10), row.number(11) != 0,
                                   Sha256::parse(row.text(12)).value_or(Sha256()), row.text(13)};
  }
  record.host = {row.text(14),
                 row.text(15),
                 row.text(16),
                 static_cast<unsigned>(row.number(17)),
                 static_cast<std::uint64_t>(row.number(18)),
                 row.text(19)};
  if (!row.is_null(21)) {
    RecordedContainer& container = record.container.emplace();
    container.user = row.text(21);
    if (!row.is_null(22)) container.shm_size = static_cast<std::uint64_t>(row.number(22));
    container.read_only = row.number(23) != 0;
    if (!row.is_null(24)) container.gpus = row.text(24);
    if (!row.is_null(25)) container.memory = static_cast<std::uint64_t>(row.number(25));
    if (!row.is_null(26)) container.cpus = row.real(26);
  }
  if (!row.is_null(27)) {
    record.health = RecordedHealth{row.text(27), static_cast<unsigned>(row.number(28)),
                                   static_cast<unsigned>(row.number(29)), row.text(30)};
  }
  return record;
}

}  // namespace

struct Catalog::Implementation {
  Database database;

  explicit Implementation(const std::filesystem::path& file) : database(file) {
    bring_schema_up_to_date(database, file);
  }

  void insert(const RunRecord& record) {
    Statement row(database, "INSERT INTO runs (" + std::string(columns) +
                                ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    row.bind(1, record.id).bind(2, record.name).bind(3, record.lock_id).bind(4, record.image);
    row.bind(5, record.workdir).bind(6, record.network).bind(7, record.determinism).bind(8, record.started);
    row.bind(9, record.seconds);
    if (record.exit_status) row.bind(10, std::int64_t{*record.exit_status});
    if (const auto& source = record.source) {
      row.bind(11, source->commit).bind(12, std::int64_t{source->dirty ? 1 : 0}).bind(14, source->remote);
      if (source->dirty) row.bind(13, source->diff.hex());
    }
    row.bind(15, record.host.kernel).bind(16, record.host.machine).bind(17, record.host.cpu);
    row.bind(18, std::int64_t{record.host.cpus}).bind(19, static_cast<std::int64_t>(record.host.memory));
    row.bind(20, record.host.runtime).bind(21, record.log);
    if (const auto& container = record.container) {
      row.bind(22, container->user).bind(24, std::int64_t{container->read_only ? 1 : 0});
      if (container->shm_size) row.bind(23, static_cast<std::int64_t>(*container->shm_size));
      row.bind(25, container->gpus);
      if (container->memory) row.bind(26, static_cast<std::int64_t>(*container->memory));
      if (container->cpus) row.bind(27, *container->cpus);
    }
    if (const auto& health = record.health) {
      row.bind(28, health->state).bind(29, std::int64_t{health->checks});
      row.bind(30, std::int64_t{health->failures}).bind(31, health->last);
    }
    row.run();
  }

  // `table` has a run, a position and a text.
  void insert_texts(const std::string& table, const std::string& id, const std::vector<std::string>& texts) {
    Statement row(database, "INSERT INTO " + table + " VALUES (?, ?, ?)");
    for (std::size_t i = 0; i < texts.size(); ++i)
      row.bind(1, id).bind(2, static_cast<std::int64_t>(i)).bind(3, texts[i]).run();
  }

  // Inverse of insert_texts.
  std::vector<std::string> read_texts(const std::string& table, const std::string& column,
                                      const std::string& id) {
    std::vector<std::string> texts;
    Statement rows(database, "SELECT " + column + " FROM " + table + " WHERE run = ? ORDER BY position");
    rows.bind(1, id);
    while (rows.step())
      texts.push_back(rows.text(0));
    return texts;
  }

  void insert_lists(const RunRecord& record) {
    insert_texts("run_arguments", record.id, record.command);
    Statement variable(database, "INSERT INTO run_environment VALUES (?, ?, ?)");
    for (const auto& [name, value] : record.environment)
      variable.bind(1, record.id).bind(2, name).bind(3, value).run();
    Statement mount(database, "INSERT INTO run_mounts VALUES (?, ?, ?, ?, ?)");
    const std::size_t mounts = record.container ? record.container->mounts.size() : 0;
    for (std::size_t i = 0; i < mounts; ++i) {
      const RecordedMount& each = record.container->mounts[i];
      mount.bind(1, record.id).bind(2, static_cast<std::int64_t>(i)).bind(3, each.source);
      mount.bind(4, each.destination).bind(5, std::int64_t{each.read_only ? 1 : 0}).run();
    }
    if (record.container) {
      insert_texts("run_ports", record.id, record.container->ports);
      insert_texts("run_ulimits", record.id, record.container->ulimits);
    }
    Statement unlocked(database, "INSERT INTO run_unlocked VALUES (?, ?, ?, ?)");
    for (const auto& each : record.unlocked_inputs) {
      unlocked.bind(1, record.id).bind(2, each.path);
      unlocked.bind(3, static_cast<std::int64_t>(each.size)).bind(4, each.sha256.hex()).run();
    }
    Statement file(database, "INSERT INTO run_files VALUES (?, ?, ?, ?, ?)");
    const auto insert_files = [&](const std::vector<RecordedFile>& files, std::string_view role) {
      for (const auto& each : files) {
        file.bind(1, record.id).bind(2, role).bind(3, each.path);
        file.bind(4, static_cast<std::int64_t>(each.size)).bind(5, each.sha256.hex()).run();
      }
    };
    insert_files(record.inputs, "input");
    insert_files(record.outputs, "output");
    Statement missing(database, "INSERT INTO run_missing VALUES (?, ?)");
    for (const auto& pattern : record.missing_outputs)
      missing.bind(1, record.id).bind(2, pattern).run();
  }

  void read_lists(RunRecord& record) {
    record.command = read_texts("run_arguments", "word", record.id);
    if (record.container) {
      record.container->ports = read_texts("run_ports", "port", record.id);
      record.container->ulimits = read_texts("run_ulimits", "ulimit", record.id);
    }
    Statement unlocked(database, "SELECT path, size, sha256 FROM run_unlocked WHERE run = ? ORDER BY path");
    unlocked.bind(1, record.id);
    while (unlocked.step()) {
      record.unlocked_inputs.push_back({unlocked.text(0), static_cast<std::uint64_t>(unlocked.number(1)),
                                        Sha256::parse(unlocked.text(2)).value_or(Sha256())});
    }
    Statement variables(database, "SELECT name, value FROM run_environment WHERE run = ? ORDER BY name");
    variables.bind(1, record.id);
    while (variables.step())
      record.environment.emplace_back(variables.text(0), variables.text(1));
    Statement mounts(database,
                     "SELECT source, destination, read_only FROM run_mounts WHERE run = ? ORDER BY position");
    mounts.bind(1, record.id);
    while (record.container && mounts.step())
      record.container->mounts.push_back({mounts.text(0), mounts.text(1), mounts.number(2) != 0});
    Statement files(database, "SELECT role, path, size, sha256 FROM run_files WHERE run = ? ORDER BY path");
    files.bind(1, record.id);
    while (files.step()) {
      auto& list = files.text(0) == "input" ? record.inputs : record.outputs;
      list.push_back({files.text(1), static_cast<std::uint64_t>(files.number(2)),
                      Sha256::parse(files.text(3)).value_or(Sha256())});
    }
    Statement missing(database, "SELECT pattern FROM run_missing WHERE run = ? ORDER BY pattern");
    missing.bind(1, record.id);
    while (missing.step())
      record.missing_outputs.push_back(missing.text(0));
  }

  std::vector<RunRecord> all() {
    std::vector<RunRecord> records;
    Statement rows(database,
                   "SELECT " + std::string(columns) + " FROM runs ORDER BY started DESC, rowid DESC");
    while (rows.step())
      records.push_back(read_row(rows));
    for (auto& record : records)
      read_lists(record);
    return records;
  }

  // The id that `run` means.
  std::string id_of(const std::string& run) {
    std::vector<std::pair<std::string, std::string>> known;  // id, name; newest first
    Statement rows(database, "SELECT id, name FROM runs ORDER BY started DESC, rowid DESC");
    while (rows.step())
      known.emplace_back(rows.text(0), rows.text(1));
    if (run == "latest" || run.starts_with("latest~")) {
      const auto back = run == "latest" ? 0 : parse_number(std::string_view(run).substr(7));
      if (back && *back < known.size()) return known[*back].first;
      throw Error(ErrorKind::input, "no-run",
                  "there is no run " + run + ": " + std::to_string(known.size()) + " are recorded");
    }
    std::vector<std::string> fitting;
    std::vector<std::string> names;
    for (const auto& [id, name] : known) {
      if (id == run || name == run) return id;
      if (run.size() >= 4 && id.starts_with(run)) fitting.push_back(id);
      names.push_back(name);
    }
    if (fitting.size() == 1) return fitting.front();
    if (fitting.size() > 1) {
      throw Error(ErrorKind::input, "ambiguous-run", run + " may mean " + join(fitting, ", "),
                  "give more digits");
    }
    const auto near = nearest(run, names);
    throw Error(ErrorKind::input, "no-run", "there is no run " + run,
                near ? "did you mean " + *near + "?" : "mlrepro runs lists the recorded runs");
  }
};

Catalog::Catalog(const std::filesystem::path& file)
    : implementation_(std::make_unique<Implementation>(file)) {}
Catalog::Catalog(Catalog&&) noexcept = default;
Catalog& Catalog::operator=(Catalog&&) noexcept = default;
Catalog::~Catalog() = default;

void Catalog::put(const RunRecord& record) {
  Transaction transaction(implementation_->database);
  Statement taken(implementation_->database, "SELECT 1 FROM runs WHERE name = ? AND id <> ?");
  if (taken.bind(1, record.name).bind(2, record.id).step()) {
    throw Error(ErrorKind::input, "run-name", "there is already a run named " + record.name,
                "choose another --name");
  }
  Statement(implementation_->database, "DELETE FROM runs WHERE id = ?").bind(1, record.id).run();
  implementation_->insert(record);
  implementation_->insert_lists(record);
  transaction.commit();
}

std::vector<RunRecord> Catalog::list() const {
  return implementation_->all();
}

RunRecord Catalog::find(const std::string& run) const {
  const std::string id = implementation_->id_of(run);
  Statement row(implementation_->database, "SELECT " + std::string(columns) + " FROM runs WHERE id = ?");
  row.bind(1, id);
  if (!row.step()) throw Error(ErrorKind::input, "no-run", "there is no run " + run);
  RunRecord record = read_row(row);
  record.log = row.text(20);
  implementation_->read_lists(record);
  return record;
}

}  // namespace mlrepro
