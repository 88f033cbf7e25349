#include "services/bundle/bundle_format.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "codec/json.hpp"

namespace mlrepro {
namespace {

constexpr int bundle_version = 1;
constexpr std::size_t block = 512;  // of a tar

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::input, "bad-bundle", "this is no whole bundle: " + why,
              "fetch or make it again: nothing of it was taken over");
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// The part after `folder`, where the path lies in it.
std::optional<std::string_view> below(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return std::nullopt;
  return path.substr(folder.size());
}

bool has_place(const BundleMember& member) {
  const std::string_view path = member.path;
  if (const auto name = below(path, "blobs/")) return is_hex(*name, 64) && *name == member.sha256.hex();
  if (const auto rest = below(path, "records/"))
    return rest->ends_with(".json") && is_hex(rest->substr(0, rest->size() - 5), 32);
  if (const auto rest = below(path, "image/")) {
    if (rest->size() < 66 || !is_hex(rest->substr(0, 64), 64) || (*rest)[64] != '/') return false;
    const auto name = rest->substr(65);
    if (name == "manifest.json" || name == "config.json" || name == "os.tar" || name == "tree") return true;
    return name.size() == 7 && name.starts_with("layer-") && name[6] >= '0' && name[6] <= '9';
  }
  const auto rest = below(path, "project/");
  // What this program keeps of a project is not a bundle's to say.
  return rest && *rest != ".mlrepro" && !rest->starts_with(".mlrepro/");
}

TarHeader header_of(const std::string& path, std::uint64_t size) {
  TarHeader header;
  header.path = path;
  header.size = size;
  return header;
}

// The stream as it came, held against what the writer writes of the same members.
class Twin {
 public:
  Twin(const ReadNext& read, std::string name) : read_(read), name_(std::move(name)), writer_(out()) {}

  std::size_t next(std::span<char> into) {
    const std::size_t got = read_(into);
    came_.append(into.data(), got);
    return got;
  }

  void begin(const std::string& path, std::uint64_t size) {
    at_ = path;
    size_ = size;
    writer_.begin(header_of(path, size));
  }
  void data(std::string_view piece) { writer_.data(piece); }

  void finish() {
    at_ = "its end";
    std::vector<char> buffer(65536);
    // All that is left is the end mark: more is too much.
    while (came_.size() - seen_ < 65536 && next(buffer) != 0) {
    }
    writer_.finish();
    if (seen_ != came_.size()) refuse(name_ + " goes on after its end");
  }

  // As the header that comes next has it, for messages about one that nobody takes.
  [[nodiscard]] std::string next_name() const {
    const std::size_t start = seen_ + static_cast<std::size_t>((block - size_ % block) % block);
    if (start >= came_.size()) return {};
    return came_.substr(start, std::min(came_.find('\0', start) - start, std::size_t{100}));
  }

 private:
  TarWriter::Out out() {
    return [this](std::string_view piece) {
      if (came_.size() - seen_ < piece.size() || came_.compare(seen_, piece.size(), piece) != 0)
        refuse(name_ + ": " + at_ + " is not as it was written");
      seen_ += piece.size();
      if (seen_ < std::size_t{1} << 20) return;
      came_.erase(0, seen_);
      seen_ = 0;
    };
  }

  const ReadNext& read_;
  std::string name_;
  std::string at_ = std::string(bundle_index_name);
  std::string came_;
  std::size_t seen_ = 0;    // of it
  std::uint64_t size_ = 0;  // of the member begun last
  TarWriter writer_;
};

class Reader {
 public:
  Reader(const ReadNext& read, const std::string& name, const std::function<void(const BundleIndex&)>& begin,
         const std::function<void(const BundleMember&, const Content&)>& member)
      : name_(name), twin_(read, name), begin_(begin), member_(member) {}

  void run() {
    try {
      read_tar([this](std::span<char> into) { return twin_.next(into); }, name_,
               [this](const TreeEntry& entry, const Content& content) { take(entry, content); });
    } catch (const Error& error) {
      if (taking_ || (error.code() != "bad-archive" && error.code() != "bad-path")) {
        if (error.code() != "bad-archive") throw;
        refuse(name_ + ": " + expected() + " is damaged or cut off: " + error.message());
      }
      // What is no archive at all has no names in it.
      const bool is_archive = index_ || error.code() != "bad-archive";
      const std::string next = is_archive ? twin_.next_name() : std::string();
      if (next.empty()) refuse(name_ + ": " + expected() + " cannot be read: " + error.message());
      refuse(name_ + ": " + next + " cannot be taken, where " + expected() +
             " should lie: " + error.message());
    }
    if (!index_ || at_ < index_->members.size()) refuse(name_ + " ends before " + expected());
    twin_.finish();
  }

 private:
  [[nodiscard]] std::string expected() const {
    if (!index_) return std::string(bundle_index_name);
    return at_ < index_->members.size() ? index_->members[at_].path : "its end";
  }

  void take(const TreeEntry& entry, const Content& content) {
    if (entry.type != EntryType::file) refuse(name_ + ": " + entry.path + " is a link or folder, or no file");
    if (entry.path != expected()) refuse(name_ + ": " + entry.path + " lies where " + expected() + " should");
    twin_.begin(entry.path, entry.size);
    taking_ = true;
    if (!index_) {
      take_index(entry, content);
      taking_ = false;
      return;
    }
    const BundleMember& wanted = index_->members[at_];
    if (entry.size != wanted.size) refuse(name_ + ": " + entry.path + " has another size than it should");
    Sha256Hasher hasher;
    bool given = false;
    const Content checked = [&](const std::function<void(std::string_view)>& piece) {
      given = true;
      content([&](std::string_view part) {
        twin_.data(part);
        hasher.update(part);
        piece(part);
      });
    };
    member_(wanted, checked);
    if (!given) checked([](std::string_view) {});
    if (hasher.finish() != wanted.sha256)
      refuse(name_ + ": " + entry.path + " has another SHA-256 than it should");
    ++at_;
    taking_ = false;
  }

  void take_index(const TreeEntry& entry, const Content& content) {
    constexpr std::uint64_t most = std::uint64_t{64} << 20;
    if (entry.size > most) refuse(name_ + ": " + entry.path + " is too large");
    std::string text;
    content([&](std::string_view part) {
      twin_.data(part);
      text += part;
    });
    index_ = parse_bundle_index(text);
    begin_(*index_);
  }

  const std::string& name_;
  Twin twin_;
  const std::function<void(const BundleIndex&)>& begin_;
  const std::function<void(const BundleMember&, const Content&)>& member_;
  std::optional<BundleIndex> index_;
  std::size_t at_ = 0;
  bool taking_ = false;
};

}  // namespace

std::string render_bundle_index(const BundleIndex& index) {
  Json members = Json::array();
  for (const auto& member : index.members)
    members.push_back({{"path", member.path}, {"sha256", member.sha256.hex()}, {"size", member.size}});
  return canonical_json({{"kind", "bundle"},
                         {"lock_id", index.lock_id},
                         {"members", std::move(members)},
                         {"version", bundle_version}});
}

BundleIndex parse_bundle_index(std::string_view text) {
  const std::string name(bundle_index_name);
  BundleIndex index;
  try {
    const Json json = parse_json(text, name);
    if (json.at("kind") != "bundle") refuse(name + " is of another kind");
    if (json.at("version") != bundle_version) {
      throw Error(ErrorKind::input, "bundle-version",
                  "this bundle is of a version that this mlrepro cannot read",
                  "use the mlrepro that made it, or a newer one");
    }
    index.lock_id = json.at("lock_id").get<std::string>();
    for (const auto& each : json.at("members")) {
      BundleMember member;
      member.path = each.at("path").get<std::string>();
      member.size = each.at("size").get<std::uint64_t>();
      const auto digest = Sha256::parse(each.at("sha256").get<std::string>());
      if (!digest) refuse(name + ": " + member.path + " has no SHA-256");
      member.sha256 = *digest;
      check_tree_path(member.path);
      if (!has_place(member)) refuse(name + ": " + member.path + " has no place in a bundle");
      if (!index.members.empty() && index.members.back().path >= member.path)
        refuse(name + ": " + member.path + " is not in its order");
      index.members.push_back(std::move(member));
    }
    if (render_bundle_index(index) != text) refuse(name + " is not as it was written");
  } catch (const Json::exception&) {
    refuse(name + " cannot be read");
  } catch (const Error& error) {
    if (error.code() != "bad-json" && error.code() != "bad-path") throw;
    refuse(error.message());
  }
  return index;
}

void write_bundle(const BundleIndex& index, const BundleContent& content, const TarWriter::Out& out) {
  TarWriter writer(out);
  const std::string text = render_bundle_index(index);
  writer.begin(header_of(std::string(bundle_index_name), text.size()));
  writer.data(text);
  for (const auto& member : index.members) {
    writer.begin(header_of(member.path, member.size));
    Sha256Hasher hasher;
    std::uint64_t size = 0;
    const auto changed = [&] {
      throw Error(ErrorKind::input, "bundle-changed", member.path + " changed while the bundle was written",
                  "run it again");
    };
    content(member, [&](std::string_view piece) {
      size += piece.size();
      if (size > member.size) changed();
      hasher.update(piece);
      writer.data(piece);
    });
    if (size != member.size || hasher.finish() != member.sha256) changed();
  }
  writer.finish();
}

void read_bundle(const ReadNext& read, const std::string& name,
                 const std::function<void(const BundleIndex&)>& begin,
                 const std::function<void(const BundleMember&, const Content&)>& member) {
  Reader(read, name, begin, member).run();
}

}  // namespace mlrepro
