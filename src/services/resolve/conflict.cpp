#include "services/resolve/conflict.hpp"

namespace mlrepro {

Json to_json(const Conflict& conflict) {
  Json list = Json::array();
  for (const auto& entry : conflict.conflicts) {
    Json chain = Json::array();
    for (const auto& link : entry.chain) {
      chain.push_back({{"from", link.from}, {"requirement", link.requirement}, {"to", link.to}});
    }
    list.push_back({{"message", entry.message}, {"chain", chain}, {"suggestion", entry.suggestion}});
  }
  return {{"kind", "conflict"}, {"version", 1}, {"conflicts", list}};
}

std::string describe(const Conflict& conflict) {
  std::string text;
  for (const auto& entry : conflict.conflicts) {
    text += "conflict: " + entry.message + "\n";
    for (const auto& link : entry.chain) {
      text += "  " + link.from + " requires " + link.requirement;
      if (!link.to.empty()) text += "  ->  " + link.to;
      text += "\n";
    }
    if (!entry.suggestion.empty()) text += "hint: " + entry.suggestion + "\n";
  }
  return text;
}

}  // namespace mlrepro
