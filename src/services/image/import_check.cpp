#include "services/image/import_check.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "adapters/sandbox/room.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/file_bytes.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "codec/digest.hpp"
#include "codec/json.hpp"
#include "services/image/import_memory.hpp"
#include "services/image/import_script.hpp"
#include "services/image/python_information.hpp"
#include "services/image/wheel_installer.hpp"
#include "services/image/wheel_layout.hpp"
#include "standards/python/import_names.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr const char* note_file = "imports";
constexpr std::size_t most_answer = std::size_t{4} << 20;
constexpr std::size_t most_modules = 32;
constexpr std::size_t most_error = 500;
// Of the NVIDIA driver, which no package brings: it belongs to the machine that a run is on.
constexpr std::array<std::string_view, 2> driver_libraries{"libcuda.so.", "libnvidia-ml.so."};

// A file without a name: nothing stays of it after a kill, and the cache need not be writable.
class Memory {
 public:
  Memory() : fd_(::memfd_create("imports", MFD_CLOEXEC)) {
    if (!fd_.valid()) throw system_error(errno, "make a file in memory");
  }
  [[nodiscard]] fs::path path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }
  [[nodiscard]] std::string text() const {
    return bytes_of_file(fd_.get(), "what an interpreter said")(0, most_answer);
  }

 private:
  UniqueFd fd_;
};

struct Question {
  const PythonPackage* package = nullptr;
  std::vector<std::string> modules;
};

struct Reply {
  std::vector<ImportOutcome> outcomes;
  std::optional<std::vector<std::string>>
      seen;  // what was looked for; absent where an interpreter did not say
};

std::vector<Question> questions_of(const ImportCheckRequest& request, const fs::path& rootfs) {
  std::vector<Question> questions;
  SafeFolder tree(rootfs);
  std::map<std::string, InformationFolder> folders;
  for (auto& folder : information_folders(tree, site_packages(python_series(request.python->interpreter))))
    folders.emplace(folder.project, std::move(folder));
  for (const auto& package : request.python->packages) {
    if (!std::binary_search(request.packages.begin(), request.packages.end(), package.name)) continue;
    Question question{&package, {}};
    const auto folder = folders.find(package.name);
    if (const auto record = folder == folders.end() ? std::nullopt : read_record(tree, folder->second)) {
      std::vector<std::string> files;
      for (const auto& entry : *record)
        files.push_back(entry.path);
      question.modules = python::import_names(
          package.name, files, tree.read(folder->second.path + "/top_level.txt", most_answer).value_or(""));
    }
    if (question.modules.size() > most_modules) question.modules.resize(most_modules);
    questions.push_back(std::move(question));
  }
  return questions;
}

std::string signal_words(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : "SIG" + std::string(name);
}

std::string seconds_words(double seconds) {
  std::string text = std::to_string(std::round(seconds * 1000) / 1000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " s";
}

class Check {
 public:
  Check(const ImportCheckRequest& request, const RealisedImage& image, Progress& progress)
      : request_(request), image_(image), progress_(progress), environment_(environment_of(request)) {}

  ImportCheck run() {
    ImportCheck check;
    if (auto noted = remembered()) return {std::move(*noted), true};
    const auto questions = questions_of(request_, image_.rootfs);
    std::optional<ImportMemory> memory;
    if (request_.kept) memory.emplace(*request_.kept, request_, image_, surroundings());
    std::vector<Reply> replies(questions.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      auto known = memory ? memory->find(*questions[i].package) : std::nullopt;
      if (known) {
        replies[i].outcomes = std::move(*known);
      } else {
        open.push_back(i);
      }
    }
    check.remembered = open.empty();
    ask_all(questions, open, replies);
    for (const auto i : open) {
      const auto& [outcomes, seen] = replies[i];
      if (memory && seen &&
          std::all_of(outcomes.begin(), outcomes.end(), [](const auto& each) { return each.ok; }))
        memory->keep(*questions[i].package, outcomes, *seen);
    }
    for (auto& each : replies)
      check.outcomes.insert(check.outcomes.end(), each.outcomes.begin(), each.outcomes.end());
    note(check.outcomes);
    return check;
  }

 private:
  static std::vector<std::string> environment_of(const ImportCheckRequest& request) {
    std::map<std::string, std::string> variables{
        {"HOME", "/root"}, {"LANG", "C.UTF-8"}, {"PATH", std::string(environment_search_path)}};
    for (const auto& [name, value] : request.environment)
      variables[name] = value;
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables)
      lines.push_back(name + "=" + value);
    return lines;
  }

  void ask_all(const std::vector<Question>& questions, const std::vector<std::size_t>& open,
               std::vector<Reply>& replies) const {
    if (open.empty()) return;
    std::atomic<std::uint64_t> done{0};
    run_parallel(open.size(), [&](std::size_t i) {
      replies[open[i]] = ask(questions[open[i]]);
      progress_.update("import", ++done, open.size(), Unit::items);
    });
    progress_.finish("import");
  }

  // One that ends the interpreter takes those after it along: they are asked of another one.
  [[nodiscard]] Reply ask(const Question& question) const {
    const PythonPackage& package = *question.package;
    Reply reply;
    auto& outcomes = reply.outcomes;
    reply.seen.emplace();
    if (question.modules.empty()) outcomes.push_back({package.name, package.version, "", true, "", 0});
    std::vector<std::string> left = question.modules;
    while (!left.empty()) {
      RoomCommand command;
      command.root = image_.rootfs;
      command.arguments = {std::string(environment_python), "-c", std::string(import_script)};
      command.arguments.insert(command.arguments.end(), left.begin(), left.end());
      command.environment = environment_;
      const Memory log;
      command.log = log.path();
      command.forget_writes = true;
      command.timeout_seconds = request_.timeout_seconds;
      const int status = run_in_room(command);
      const std::string text = log.text();
      const auto answers = read_answers(text);
      add_seen(text, reply.seen);
      std::size_t told = 0;
      for (; told < left.size(); ++told) {
        const auto answer = answers.find(left[told]);
        if (answer == answers.end()) break;
        outcomes.push_back(answer->second);
      }
      if (told < left.size()) outcomes.push_back({"", "", left[told++], false, end_words(status), 0});
      left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(told));
    }
    for (auto& outcome : outcomes) {
      outcome.package = package.name;
      outcome.version = package.version;
      outcome.ok = outcome.error.empty() || lacks_driver(outcome.error);
    }
    return reply;
  }

  static void add_seen(const std::string& text, std::optional<std::vector<std::string>>& seen) {
    for (const auto line : split(text, '\n')) {
      const auto words = split(line, '\t');
      if (words[0] != "seen" || !seen) continue;
      seen->insert(seen->end(), words.begin() + 1, words.end());
      return;
    }
    seen.reset();
  }

  static std::map<std::string, ImportOutcome> read_answers(const std::string& text) {
    std::map<std::string, ImportOutcome> answers;
    for (const auto line : split(text, '\n')) {
      const auto fields = split(line, '\t');
      if (fields.size() < 4 || fields[0] != "end") continue;
      ImportOutcome outcome;
      outcome.module = fields[1];
      outcome.seconds = std::strtod(std::string(fields[2]).c_str(), nullptr);
      outcome.error = printable(fields[3]);
      if (!(outcome.seconds >= 0 && outcome.seconds < 1e9)) outcome.seconds = 0;
      answers.emplace(outcome.module, std::move(outcome));
    }
    return answers;
  }

  // Whatever a package says reaches a terminal and a JSON document: one line of UTF-8 without control bytes.
  static std::string printable(std::string_view text) {
    std::string out;
    for (const char byte : text)
      out.push_back(static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f ? ' ' : byte);
    if (out.size() > most_error) {
      std::size_t end = most_error;
      while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0U) == 0x80)
        --end;
      out.resize(end);
      out += "...";
    }
    return out;
  }

  [[nodiscard]] std::string end_words(int status) const {
    if (status == 124) return "no end after " + seconds_words(request_.timeout_seconds) + ": it was stopped";
    if (status > 128) return "the interpreter was ended by " + signal_words(status - 128);
    return "the interpreter ended itself with exit status " + std::to_string(status);
  }

  static bool lacks_driver(const std::string& error) {
    return std::any_of(driver_libraries.begin(), driver_libraries.end(), [&](auto name) {
      return error.find(name) != std::string::npos &&
             error.find("cannot open shared object file") != std::string::npos;
    });
  }

  // Of the program's own way to ask, too: another version of it asks again.
  [[nodiscard]] std::string surroundings() const {
    return sha256(join(environment_, "\n") + "\n" + std::string(import_script)).hex();
  }

  [[nodiscard]] std::optional<std::vector<ImportOutcome>> remembered() const {
    try {
      const fs::path file = image_.folder / note_file;
      std::error_code ignored;
      if (!fs::is_regular_file(file, ignored)) return std::nullopt;
      const Json json = parse_json(read_file(file, most_answer), file.string());
      if (json.at("surroundings") != surroundings()) return std::nullopt;
      std::vector<ImportOutcome> outcomes;
      std::set<std::string> known;
      for (const auto& each : json.at("imports")) {
        ImportOutcome outcome{each.at("package"), each.at("version"), each.at("module"), true,
                              each.at("error"),   each.at("seconds")};
        if (!std::binary_search(request_.packages.begin(), request_.packages.end(), outcome.package))
          continue;
        known.insert(outcome.package);
        outcomes.push_back(std::move(outcome));
      }
      if (known.size() != request_.packages.size()) return std::nullopt;
      return outcomes;
    } catch (const std::exception&) {
      return std::nullopt;  // written by another version, or damaged
    }
  }

  void note(const std::vector<ImportOutcome>& outcomes) const noexcept {
    try {
      Json list = Json::array();
      for (const auto& each : outcomes) {
        if (!each.ok) return;
        list.push_back({{"package", each.package},
                        {"version", each.version},
                        {"module", each.module},
                        {"error", each.error},
                        {"seconds", each.seconds}});
      }
      write_file_atomically(image_.folder / note_file,
                            pretty_json({{"surroundings", surroundings()}, {"imports", list}}));
    } catch (...) {
      // A cache that cannot be written to: the next build asks again.
    }
  }

  const ImportCheckRequest& request_;
  const RealisedImage& image_;
  Progress& progress_;
  std::vector<std::string> environment_;
};

}  // namespace

ImportCheck check_imports(const ImportCheckRequest& request, const RealisedImage& image, Progress& progress) {
  return Check(request, image, progress).run();
}

}  // namespace mlrepro
