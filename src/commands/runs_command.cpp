#include "commands/runs_command.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "store/catalog.hpp"

namespace mlrepro {
namespace {

std::string status_of(const RunRecord& record) {
  return record.exit_status ? std::to_string(*record.exit_status) : "unfinished";
}

std::string seconds_of(double seconds) {
  std::string text = std::to_string(seconds);
  return text.substr(0, text.find('.') + 2) + " s";
}

// What was asked for beyond the usual.
void tell_container(Answer& answer, const RecordedContainer& container) {
  if (container.gpus != "none") answer.line("gpus     " + container.gpus);
  if (!container.ports.empty()) answer.line("ports    " + join(container.ports, " "));
  std::vector<std::string> limits = container.ulimits;
  if (container.memory) limits.push_back("memory=" + std::to_string(*container.memory));
  if (container.cpus) limits.push_back("cpus=" + Json(*container.cpus).dump());
  if (!limits.empty()) answer.line("limits   " + join(limits, " "));
}

// Opening makes the database; a question must not.
std::vector<RunRecord> all_runs(const Manifest& manifest) {
  std::error_code ignored;
  const auto path = Invocation::records_path(manifest);
  if (!std::filesystem::exists(path, ignored)) return {};
  return Catalog(path).list();
}

}  // namespace

int runs_list_command(const Invocation& invocation) {
  const Manifest manifest = invocation.read_manifest();
  const auto runs = all_runs(manifest);
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows{{"RUN", "STARTED", "TOOK", "EXIT", "OUTPUTS", "COMMAND"}};
  for (const auto& run : runs) {
    rows.push_back({run.name, run.started, seconds_of(run.seconds), status_of(run),
                    std::to_string(run.outputs.size()), join(run.command, " ")});
    list.push_back(to_json(run, false)["run"]);
  }
  if (runs.empty()) {
    invocation.answer->line("no run is recorded yet: mlrepro run makes one");
  } else {
    invocation.answer->table(rows);
  }
  invocation.answer->document({{"kind", "runs"}, {"version", 1}, {"runs", list}});
  return exit_done;
}

int runs_show_command(const Invocation& invocation, const std::string& run) {
  const Manifest manifest = invocation.read_manifest();
  if (all_runs(manifest).empty()) {
    throw Error(ErrorKind::input, "no-run", "no run is recorded in this project yet",
                "mlrepro run makes one");
  }
  const RunRecord record = Catalog(Invocation::records_path(manifest)).find(run);
  Answer& answer = *invocation.answer;
  answer.line("run      " + record.name + "  " + record.id, Tone::strong);
  answer.line("command  " + join(record.command, " "));
  answer.line("lock     " + record.lock_id);
  answer.line("image    " + record.image);
  answer.line("started  " + record.started + ", took " + seconds_of(record.seconds));
  answer.line("exit     " + status_of(record), record.exit_status == 0 ? Tone::good : Tone::bad);
  if (record.source) {
    answer.line("source   " + (record.source->commit.empty() ? "no commit yet" : record.source->commit) +
                (record.source->dirty ? ", with uncommitted changes" : ""));
  }
  answer.line("host     " + record.host.kernel + " " + record.host.machine + ", " +
              std::to_string(record.host.cpus) + " CPUs, " + record.host.cpu + ", " + record.host.runtime);
  if (record.container) tell_container(answer, *record.container);
  if (record.health) {
    answer.line("health   " + record.health->state + ", " + std::to_string(record.health->failures) + " of " +
                    std::to_string(record.health->checks) + " checks failed",
                record.health->state == "unhealthy" ? Tone::bad : Tone::plain);
  }
  for (const auto& file : record.unlocked_inputs)
    answer.line("unlocked " + file.sha256.tagged() + "  " + file.path);
  for (const auto& file : record.inputs)
    answer.line("input    " + file.sha256.tagged() + "  " + file.path);
  for (const auto& file : record.outputs)
    answer.line("output   " + file.sha256.tagged() + "  " + file.path);
  for (const auto& pattern : record.missing_outputs)
    answer.line("missing  " + pattern, Tone::bad);
  if (!record.log.empty()) {
    answer.line("log");
    for (const auto text : split(trim(record.log), '\n'))
      answer.line("  " + std::string(text), Tone::faint);
  }
  answer.document(to_json(record, true));
  return exit_done;
}

}  // namespace mlrepro
