#include "services/image/wheel_layout.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "standards/python/entry_points.hpp"
#include "standards/python/name.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t most_text = std::uint64_t{64} << 20;

class Planner {
 public:
  Planner(const ZipArchive& wheel, const PythonPackage& package, std::string_view python)
      : wheel_(wheel), package_(package), python_(python) {
    plan_.name = package.name + " " + package.version;
    plan_.site = site_packages(python_);
  }

  WheelPlan run() {
    find_dist_info();
    check_wheel_file();
    read_record();
    plan_.record = plan_.site + "/" + info_ + "/RECORD";
    for (const auto& member : wheel_.members())
      add(member);
    if (!recorded_.empty()) refuse("RECORD names " + recorded_.begin()->first + ", which the wheel lacks");
    generate();
    std::sort(plan_.files.begin(), plan_.files.end(),
              [](const auto& a, const auto& b) { return a.target < b.target; });
    return std::move(plan_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::input, "bad-wheel", "cannot install " + package_.file.name + ": " + why,
                "the wheel itself is broken: lock another version, or tell its maintainers");
  }

  const ZipMember* member(const std::string& name) const {
    const auto& members = wheel_.members();
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.name == name; });
    return found == members.end() ? nullptr : &*found;
  }

  void find_dist_info() {
    for (const auto& member : wheel_.members()) {
      const std::string top = member.name.substr(0, member.name.find('/'));
      if (!top.ends_with(".dist-info") || member.name.size() == top.size() || top == info_) continue;
      if (!info_.empty()) refuse("it holds both " + info_ + " and " + top);
      info_ = top;
    }
    if (info_.empty()) refuse("it has no .dist-info folder");
    const std::string stem = info_.substr(0, info_.size() - std::string_view(".dist-info").size());
    if (python::normalise_name(stem.substr(0, stem.find('-'))) != python::normalise_name(package_.name)) {
      refuse("its " + info_ + " belongs to another project");
    }
    data_ = stem + ".data";
  }

  void check_wheel_file() const {
    const ZipMember* file = member(info_ + "/WHEEL");
    if (file == nullptr) refuse("it has no WHEEL file");
    const std::string text = wheel_.read_text(*file, most_text);
    std::string version;
    for (const auto line : split(text, '\n')) {
      if (to_lower(line.substr(0, 14)) == "wheel-version:") version = std::string(trim(line.substr(14)));
    }
    if (!version.starts_with("1.") && version != "1")
      refuse("its Wheel-Version is \"" + version + "\", not 1.x");
  }

  void read_record() {
    const ZipMember* file = member(info_ + "/RECORD");
    if (file == nullptr) refuse("it has no RECORD");
    const auto entries = python::parse_record(wheel_.read_text(*file, most_text));
    if (!entries) refuse("its RECORD cannot be read");
    for (const auto& entry : *entries) {
      if (is_unlisted(entry.path)) continue;
      const auto digest = entry.sha256();
      if (!digest) refuse("its RECORD has no SHA-256 for " + entry.path);
      recorded_[entry.path] = *digest;
    }
  }

  // RECORD cannot hold its own hash, and signatures of it are made after it.
  bool is_unlisted(const std::string& path) const {
    return path == info_ + "/RECORD" || path == info_ + "/RECORD.jws" || path == info_ + "/RECORD.p7s";
  }

  void add(const ZipMember& member) {
    if (member.name.ends_with('/')) {
      check_path(member.name.substr(0, member.name.size() - 1));
      return;
    }
    check_path(member.name);
    if (is_unlisted(member.name)) return;
    const auto recorded = recorded_.find(member.name);
    if (recorded == recorded_.end()) refuse(member.name + " is not in its RECORD");
    PlannedFile file{member, {}, recorded->second, (member.mode & 0111U) != 0 ? 0755U : 0644U, false};
    recorded_.erase(recorded);
    // Bytecode is compiled in the image, at its final path.
    if (member.name.find("__pycache__/") != std::string::npos) return;
    // Made here, whatever the wheel's builder left.
    if (member.name == info_ + "/INSTALLER" || member.name == info_ + "/REQUESTED" ||
        member.name == info_ + "/direct_url.json")
      return;
    place(file);
    check_target(file.target);
    plan_.files.push_back(std::move(file));
  }

  void place(PlannedFile& file) const {
    const std::string& name = file.member.name;
    if (!name.starts_with(data_ + "/")) {
      file.target = plan_.site + "/" + name;
      return;
    }
    const std::string rest = name.substr(data_.size() + 1);
    const auto slash = rest.find('/');
    if (slash == std::string::npos) refuse(name + " lies in no scheme of .data");
    const std::string scheme = rest.substr(0, slash);
    const std::string path = rest.substr(slash + 1);
    const std::string prefix(environment_prefix);
    if (scheme == "purelib" || scheme == "platlib") {
      file.target = plan_.site + "/" + path;
    } else if (scheme == "scripts") {
      file.target = prefix + "/bin/" + path;
      file.mode = 0755;
      file.rewrite_shebang = true;
    } else if (scheme == "headers") {
      file.target = prefix + "/include/site/python" + python_ + "/" + package_.name + "/" + path;
    } else if (scheme == "data") {
      file.target = prefix + "/" + path;
    } else {
      refuse(name + " lies in the unknown scheme " + scheme);
    }
  }

  void check_path(const std::string& path) const {
    try {
      check_tree_path(path);
    } catch (const Error& error) {
      refuse(error.message());
    }
    // A backslash is a separator to some readers, and lists of files are lines.
    if (std::any_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; })) {
      refuse("the path " + path + " holds a control character");
    }
    if (path.find('\\') != std::string::npos) refuse("the path " + path + " holds a backslash");
  }

  // The interpreter's links and the environment's own file are ours.
  void check_target(const std::string& target) const {
    static constexpr std::string_view bin = "opt/env/bin/";
    if (target == "opt/env/pyvenv.cfg") refuse("it would replace pyvenv.cfg");
    if (target.starts_with(bin) && is_interpreter(std::string_view(target).substr(bin.size()))) {
      refuse("it would replace the interpreter, /" + target);
    }
  }

  static bool is_interpreter(std::string_view name) {
    if (!name.starts_with("python")) return false;
    name.remove_prefix(6);
    return name.find_first_not_of("0123456789.") == std::string_view::npos;
  }

  void generate() {
    const std::string info = plan_.site + "/" + info_ + "/";
    if (const ZipMember* file = member(info_ + "/entry_points.txt")) {
      for (const auto& entry : python::script_entry_points(wheel_.read_text(*file, most_text))) {
        const std::string target = std::string(environment_prefix) + "/bin/" + entry.name;
        check_path(target);
        check_target(target);
        plan_.generated.push_back({target, python::render_script(entry, environment_python), 0755});
      }
    }
    plan_.generated.push_back({info + "INSTALLER", "mlrepro\n", 0644});
    if (package_.requested) plan_.generated.push_back({info + "REQUESTED", "", 0644});
  }

  const ZipArchive& wheel_;
  const PythonPackage& package_;
  std::string python_;
  std::string info_;  // "numpy-2.0.dist-info"
  std::string data_;  // "numpy-2.0.data"
  std::map<std::string, Sha256> recorded_;
  WheelPlan plan_;
};

}  // namespace

std::string site_packages(std::string_view minor) {
  return std::string(environment_prefix) + "/lib/python" + std::string(minor) + "/site-packages";
}

WheelPlan plan_wheel(const ZipArchive& wheel, const PythonPackage& package, std::string_view python) {
  return Planner(wheel, package, python).run();
}

std::string record_path(const WheelPlan& plan, const std::string& target) {
  if (target.starts_with(plan.site + "/")) return target.substr(plan.site.size() + 1);
  // site-packages lies three folders below the prefix: lib, pythonX.Y, site-packages.
  return "../../../" + target.substr(environment_prefix.size() + 1);
}

}  // namespace mlrepro
