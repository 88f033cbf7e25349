#include "services/resolve/os_wish.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "standards/deb/relation.hpp"

namespace mlrepro {

namespace {

// Takes "/SUITE" off the end; empty where there is none.
std::string take_release(std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos || text.find_first_of("=(|") != std::string::npos) return {};
  const std::string release(trim(std::string_view(text).substr(slash + 1)));
  if (release.empty() || release.find_first_of(" \t/[<,*?") != std::string::npos) {
    throw Error(ErrorKind::input, "bad-relation",
                "while reading os.packages: \"" + text + "\" names no suite after \"/\"",
                "for example \"git/bookworm-backports\"");
  }
  text.resize(slash);
  return release;
}

}  // namespace

OsWish parse_os_wish(std::string_view text, std::string_view architecture) {
  OsWish wish;
  wish.text = trim(text);
  deb::Alternatives alternatives;
  std::string relations = wish.text;
  const std::string release = take_release(relations);
  try {
    alternatives = deb::parse_wish(relations);
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
    term.release = release;
    wish.alternatives.push_back(std::move(term));
  }
  return wish;
}

}  // namespace mlrepro
