#include "services/resolve/os_wish.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "standards/deb/relation.hpp"

namespace mlrepro {

OsWish parse_os_wish(std::string_view text, std::string_view architecture) {
  OsWish wish;
  wish.text = trim(text);
  deb::Alternatives alternatives;
  try {
    alternatives = deb::parse_wish(wish.text);
  } catch (Error& error) {
    throw error.within("while reading os.packages");
  }
  for (auto& relation : alternatives) {
    if (!relation.applies(architecture)) continue;
    if (!relation.qualifier.empty() && relation.qualifier != architecture && relation.qualifier != "all" &&
        relation.qualifier != "any" && relation.qualifier != "native") {
      wish.foreign = relation.qualifier;
    }
    DebianTerm term;
    term.name = std::move(relation.name);
    if (relation.comparison != deb::Comparison::any) {
      term.relation = deb::to_string(relation.comparison);
      term.version = std::move(relation.version);
    }
    wish.alternatives.push_back(std::move(term));
  }
  return wish;
}

}  // namespace mlrepro
