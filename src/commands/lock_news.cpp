#include "commands/lock_news.hpp"

namespace mlrepro {
namespace {

std::size_t os_count(const TargetView& target) {
  return *target.os ? (*target.os)->packages.size() : 0;
}

std::size_t python_count(const TargetView& target) {
  return *target.python ? (*target.python)->packages.size() : 0;
}

std::string in_words(const TargetView& target) {
  const bool on_base = *target.os && (*target.os)->base;
  const std::string base =
      on_base ? " on a base image of " + std::to_string((*target.os)->base->packages.size()) : "";
  return std::to_string(os_count(target)) + " OS packages" + base + ", " +
         std::to_string(python_count(target)) + " Python packages";
}

}  // namespace

void tell(const LockNews& news, Answer& answer) {
  constexpr std::size_t shown_at_most = 40;
  for (std::size_t i = 0; i < news.changes.size() && i < shown_at_most; ++i) {
    const auto& change = news.changes[i];
    const std::string sign = change.before.empty() ? "+ " : change.after.empty() ? "- " : "~ ";
    const std::string arrow = change.before.empty() || change.after.empty() ? "" : " -> ";
    answer.line(sign + (change.target.empty() ? "" : change.target + " ") + change.section + " " +
                change.name + " " + change.before + arrow + change.after);
  }
  if (news.changes.size() > shown_at_most) {
    answer.line("  and " + std::to_string(news.changes.size() - shown_at_most) + " more");
  }
  const auto targets = news.after.views();
  const std::string& name = news.name;
  const std::string state = !news.changed  ? name + " is up to date"
                            : news.dry_run ? name + " would change"
                                           : (news.first ? "wrote " : "changed ") + name;
  if (targets.size() == 1) {
    answer.line(state + ": " + in_words(targets.front()), Tone::good);
  } else {
    answer.line(state + ": " + std::to_string(targets.size()) + " targets", Tone::good);
    for (const auto& target : targets)
      answer.line("  " + target.name.str() + ": " + in_words(target));
  }
  answer.line("lock id " + news.id.tagged());
}

Json to_json(const LockNews& news, const NetworkUse& network, double seconds) {
  const auto targets = news.after.views();
  Json sections = Json::object();
  for (const auto& [section, digest] : news.after.section_digests())
    sections[section] = digest.tagged();
  Json list = Json::array();
  for (const auto& change : news.changes) {
    list.push_back({{"section", change.section},
                    {"name", change.name},
                    {"before", change.before},
                    {"after", change.after}});
    if (!change.target.empty()) list.back()["target"] = change.target;
  }
  Json each = Json::array();
  for (const auto& target : targets) {
    each.push_back(
        {{"platform", target.name.platform}, {"os", os_count(target)}, {"python", python_count(target)}});
    if (!target.name.python.empty()) each.back()["interpreter"] = target.name.python;
  }
  Json warnings = Json::array();
  for (const auto& twin : news.twins) {
    warnings.push_back({{"code", "module-twice"},
                        {"message", twin.words},
                        {"packages", Json::array({twin.os_package, twin.python})}});
  }
  return {{"kind", "lock"},
          {"version", 1},
          {"lock_id", news.id.tagged()},
          {"changed", news.changed},
          {"sections", sections},
          {"os", {{"packages", os_count(targets.front())}}},
          {"python", {{"packages", python_count(targets.front())}}},
          {"targets", each},
          {"changes", list},
          {"warnings", warnings},
          {"network", {{"requests", network.requests}, {"bytes", network.bytes}}},
          {"seconds", seconds}};
}

}  // namespace mlrepro
