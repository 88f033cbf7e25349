#include "services/resolve/os_why.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "adapters/archive/decompress.hpp"
#include "adapters/openpgp/clearsign_text.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/resolve/os_wish.hpp"
#include "standards/deb/control.hpp"
#include "standards/deb/relation.hpp"
#include "standards/deb/release.hpp"

namespace mlrepro {
namespace {

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

void each_stanza(const std::vector<PackagesFile>& files, const deb::ControlStream::Sink& sink) {
  for (const auto& file : files) {
    deb::ControlStream stream(file.locked.path, sink);
    decompress_file(file.path, [&](std::string_view piece) {
      stream.feed(piece);
      return true;
    });
    stream.finish();
  }
}

bool has_name(const deb::Alternatives& group, const std::string& name) {
  return std::any_of(group.begin(), group.end(), [&](const auto& relation) { return relation.name == name; });
}

// One package's story.
class Story {
 public:
  Story(const OsRequest& request, const OsSection& os, std::string name)
      : request_(request), name_(std::move(name)) {
    for (const auto& package : os.packages)
      locked_.emplace(package.name, &package);
    own_ = locked_.at(name_);
  }

  std::vector<std::string> tell() {
    tell_version();
    tell_alternatives();
    return std::move(notes_);
  }

 private:
  using Answer = std::optional<std::map<std::string, std::string>>;  // name -> version; absent: no solution

  static Answer solved(const OsRequest& request) {
    auto answer = resolve_os(request);
    auto* solution = std::get_if<OsSolution>(&answer);
    if (solution == nullptr) return std::nullopt;
    std::map<std::string, std::string> versions;
    for (auto& package : solution->packages)
      versions.emplace(package.name, package.version);
    return versions;
  }

  [[nodiscard]] std::string version_in(const Answer& answer) const {
    const auto found = answer->find(name_);
    return found == answer->end() ? std::string() : found->second;
  }

  // What apt would be asked: the names alone.
  [[nodiscard]] OsRequest plain() const {
    OsRequest request = request_;
    request.pins.clear();
    request.exclude.clear();
    for (auto& text : request.packages) {
      std::vector<std::string> names;
      for (const auto& term : parse_os_wish(text, request.architecture).alternatives)
        names.push_back(term.name);
      text = join(names, " | ");
    }
    std::erase(request.packages, std::string());
    return request;
  }

  void tell_version() {
    const Answer fresh = solved(request_);
    if (!fresh) return;
    if (const auto version = version_in(fresh); version != own_->version) {
      notes_.push_back(version.empty()
                           ? "kept from the lock before: a fresh choice would do without it"
                           : "kept from the lock before: a fresh choice is " + name_ + " " + version +
                                 "; mlrepro lock --upgrade-package " + name_ + " takes it");
      return;
    }
    const Answer usual = solved(plain());
    if (!usual) {
      notes_.emplace_back("without what os.packages, os.exclude and os.pin say apt would find no solution");
      return;
    }
    if (const auto version = version_in(usual); version != own_->version) {
      notes_.push_back((version.empty() ? "apt would not take it by itself: "
                                        : "apt by itself would take " + name_ + " " + version + ": ") +
                       reason(*usual));
    }
  }

  // Which of the special wishes alone gives what was locked.
  [[nodiscard]] std::string reason(const std::map<std::string, std::string>& usual) const {
    for (const auto& text : request_.packages) {
      const auto wish = parse_os_wish(text, request_.architecture).alternatives;
      if (wish.size() == 1 && wish.front().name == name_ &&
          (!wish.front().relation.empty() || !wish.front().release.empty()))
        return "os.packages asks for " + quoted(text);
    }
    const auto gives = [&](const OsRequest& request) {
      const Answer answer = solved(request);
      return answer && version_in(answer) == own_->version;
    };
    for (const auto& pin : request_.pins) {
      OsRequest request = plain();
      request.pins = {pin};
      if (!gives(request)) continue;
      return "os.pin of " + quoted(join(pin.packages, " ")) + " for " +
             (pin.release.empty() ? "version " + pin.version : "release " + pin.release) + ", priority " +
             std::to_string(pin.priority) + ", decides";
    }
    for (const auto& excluded : request_.exclude) {
      OsRequest request = plain();
      request.exclude = {excluded};
      if (usual.contains(excluded) && gives(request)) return "os.exclude leaves out " + excluded;
    }
    for (std::size_t i = 0; i < request_.packages.size(); ++i) {
      OsRequest request = plain();
      request.packages.push_back(request_.packages[i]);
      if (gives(request)) return "os.packages asks for " + quoted(request_.packages[i]);
    }
    return "os.packages, os.exclude and os.pin together decide";
  }

  // Where an alternative further back, or a provider, was taken.
  void tell_alternatives() {
    std::vector<std::pair<const OsPackage*, deb::Alternatives>> groups;
    each_stanza(request_.files, [&](const deb::Stanza& stanza) {
      const std::string parent(stanza.get("Package"));
      const auto found = locked_.find(parent);
      if (found == locked_.end() || found->second->version != stanza.get("Version") ||
          !std::binary_search(own_->required_by.begin(), own_->required_by.end(), parent))
        return;
      for (const char* field : {"Pre-Depends", "Depends", "Recommends"}) {
        for (auto& group : deb::try_parse_relations(stanza.get(field)).value_or(deb::Relations{})) {
          const std::pair entry(found->second, std::move(group));
          if (std::find(groups.begin(), groups.end(), entry) == groups.end()) groups.push_back(entry);
        }
      }
    });
    const auto provides = provided_names();
    for (const auto& [parent, group] : groups) {
      const auto& first = group.front();
      if (first.name == name_ || locked_.contains(first.name)) continue;
      const bool by_name = has_name(group, name_);
      if (!by_name && (group.size() > 1 || !provides.contains(first.name))) continue;
      const std::string needs = parent->name + " needs " + quoted(deb::to_string(group));
      if (!by_name) {
        notes_.push_back(needs + ", which it provides");
      } else if (const auto why = why_not(first, groups); !why.empty()) {
        notes_.push_back(needs + ": " + why);
      }
    }
  }

  [[nodiscard]] std::set<std::string> provided_names() const {
    std::set<std::string> names;
    each_stanza(request_.files, [&](const deb::Stanza& stanza) {
      if (stanza.get("Package") != name_ || stanza.get("Version") != own_->version) return;
      for (const auto& group : deb::try_parse_relations(stanza.get("Provides")).value_or(deb::Relations{}))
        names.insert(group.front().name);
    });
    return names;
  }

  // Empty where nothing can be said for sure.
  [[nodiscard]] std::string why_not(
      const deb::Relation& first,
      const std::vector<std::pair<const OsPackage*, deb::Alternatives>>& groups) const {
    if (std::find(request_.exclude.begin(), request_.exclude.end(), first.name) != request_.exclude.end())
      return "os.exclude leaves out " + first.name;
    if (own_->requested) return name_ + " is asked for by itself";
    for (const auto& [parent, group] : groups) {
      if (group.size() == 1 && group.front().name == name_)
        return parent->name + " needs " + name_ + " itself";
    }
    OsRequest with = request_;
    with.packages.push_back(deb::to_string(first));
    if (!solved(with)) return first.name + " is not there, or cannot be installed beside the rest";
    return {};
  }

  const OsRequest& request_;
  std::string name_;
  std::map<std::string, const OsPackage*> locked_;
  const OsPackage* own_ = nullptr;
  std::vector<std::string> notes_;
};

}  // namespace

std::optional<std::vector<PackagesFile>> kept_indexes(const OsSection& os,
                                                      const std::vector<DebianSource>& sources,
                                                      const BlobStore& store) {
  std::vector<std::pair<std::size_t, const LockedRelease*>> releases;
  for (const auto& release : os.releases) {
    const auto source = std::find_if(sources.begin(), sources.end(),
                                     [&](const auto& entry) { return entry.suite == release.suite; });
    releases.emplace_back(source - sources.begin(), &release);
  }
  std::stable_sort(releases.begin(), releases.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<PackagesFile> files;
  for (const auto& [place, release] : releases) {
    const auto blob = store.find(release->sha256);
    const auto text = blob ? clearsigned_text(read_file(*blob)) : std::nullopt;
    if (!text) return std::nullopt;
    const deb::Release is = deb::parse_release(*text, "InRelease of " + release->source);
    for (const auto& index : release->indexes) {
      const auto path = store.find(index.sha256);
      if (!path) return std::nullopt;
      files.push_back({release->source, "", index, *path, deb::facts_of(is, index.component)});
    }
  }
  return files;
}

std::vector<std::string> why_chosen(const OsRequest& request, const OsSection& os, const std::string& name) {
  return Story(request, os, name).tell();
}

}  // namespace mlrepro
