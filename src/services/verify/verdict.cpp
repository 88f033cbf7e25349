#include "services/verify/verdict.hpp"

#include <algorithm>

namespace mlrepro {

Verdict verdict_of(const std::vector<Check>& checks) {
  const auto any = [&](const auto& holds) { return std::any_of(checks.begin(), checks.end(), holds); };
  if (any([](const Check& check) { return check.status == CheckStatus::fail; })) return Verdict::failed;
  if (any([](const Check& check) { return check.required && check.status == CheckStatus::skipped; })) {
    return Verdict::not_verified;
  }
  const bool passed = any([](const Check& check) { return check.status == CheckStatus::pass; });
  return passed ? Verdict::verified : Verdict::not_verified;
}

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::verified: return "verified";
    case Verdict::failed: return "failed";
    case Verdict::not_verified: break;
  }
  return "not-verified";
}

std::string to_string(CheckStatus status) {
  switch (status) {
    case CheckStatus::pass: return "pass";
    case CheckStatus::fail: return "fail";
    case CheckStatus::skipped: break;
  }
  return "skipped";
}

Json to_json(const std::vector<Check>& checks) {
  Json list = Json::array();
  for (const auto& check : checks) {
    list.push_back({{"name", check.name},
                    {"status", to_string(check.status)},
                    {"detail", check.detail},
                    {"seconds", check.seconds}});
  }
  return {{"kind", "verify"}, {"version", 1}, {"verdict", to_string(verdict_of(checks))}, {"checks", list}};
}

}  // namespace mlrepro
