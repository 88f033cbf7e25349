#include "services/image/python_information.hpp"

#include <string_view>

#include "base/folder.hpp"
#include "standards/python/name.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view ending = ".dist-info";
constexpr std::uint64_t most_record = std::uint64_t{256} << 20;

}  // namespace

std::vector<InformationFolder> information_folders(SafeFolder& tree, const std::string& site) {
  std::vector<InformationFolder> folders;
  for (const auto& name : names_in(tree.place(site + "/any").folder, site)) {
    if (name.ends_with(ending))
      folders.push_back({python::normalise_name(name.substr(0, name.find('-'))), site + "/" + name});
  }
  return folders;
}

std::optional<std::vector<python::RecordEntry>> read_record(SafeFolder& tree,
                                                            const InformationFolder& folder) {
  const auto text = tree.read(folder.path + "/RECORD", most_record);
  return text ? python::parse_record(*text) : std::nullopt;
}

}  // namespace mlrepro
